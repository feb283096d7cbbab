"""What the fuzzer has to be told: uploads by tus have a media type of their own for bytes."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
