//! The codes of inbound webhooks and payments.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "payments.not_found",
        404,
        "No such payment",
        "No provider reported a payment with this id.",
    ),
    code(
        "payments.reference_invalid",
        400,
        "Reference not valid",
        "`reference` has 1 to 500 characters.",
    ),
    code(
        "payments.state_unknown",
        400,
        "State unknown",
        "`state` is failed, succeeded, partially_refunded or refunded.",
    ),
    code(
        "webhooks.event_not_found",
        404,
        "No such event",
        "It does not exist, or was removed: events are kept for 30 days, failed ones for 90.",
    ),
    code(
        "webhooks.event_state",
        409,
        "State does not allow it",
        "Only failed and ignored events can be processed again.",
    ),
    code(
        "webhooks.event_state_unknown",
        400,
        "State unknown",
        "`state` is received, processed, ignored, superseded or failed.",
    ),
    code("webhooks.event_type_invalid", 400, "Type not valid", "`type` has 1 to 200 characters."),
    code(
        "webhooks.header_invalid",
        400,
        "Header not valid",
        "The name of a header has 1 to 100 letters, digits and hyphens; Authorization and Cookie are refused.",
    ),
    code("webhooks.max_bytes_invalid", 400, "Bound not valid", "`max_bytes` is 1 to 26 214 400."),
    code(
        "webhooks.no_encryption_key",
        409,
        "No encryption key",
        "Secrets are stored encrypted, and this server has no key for that. Its operator sets `auth.encryption_key`.",
    ),
    code(
        "webhooks.scheme_unknown",
        400,
        "Scheme unknown",
        "`scheme` is stripe, github, standard or hmac.",
    ),
    code(
        "webhooks.secrets_invalid",
        400,
        "Secrets not valid",
        "A source has 1 to 5 secrets of 16 to 255 printable ASCII characters; those of `standard` are `whsec_` and the base64 of 24 to 64 bytes.",
    ),
    code(
        "webhooks.signature_invalid",
        400,
        "Signature not valid",
        "No signature of the delivery is that of its raw bytes under a secret of the source. Check the secret, and that nothing between changes the body.",
    ),
    code(
        "webhooks.signature_missing",
        400,
        "Signature missing",
        "The header with the signature is absent; which one it is depends on the scheme of the source.",
    ),
    code(
        "webhooks.source_name_invalid",
        400,
        "Name not valid",
        "A source has a name of 1 to 50 lowercase letters, digits and hyphens that begins with a letter; endpoints, deliveries and event-types are taken.",
    ),
    code(
        "webhooks.source_not_found",
        404,
        "No such source",
        "An administrator adds sources by PUT /api/v1/admin/webhooks/sources/{source}.",
    ),
    code(
        "webhooks.source_stale",
        412,
        "Changed meanwhile",
        "`If-Match` names an old version; `current` is the source as it is now.",
    ),
    code(
        "webhooks.timestamp_outside",
        400,
        "Time of the signature outside of the tolerance",
        "The time that was signed is more than 300 seconds from the time of this server. Check both clocks; an old delivery has to be signed anew.",
    ),
    code(
        "webhooks.too_many_sources",
        409,
        "Too many sources",
        "There are 100 sources already. Delete one that is not used.",
    ),
];
