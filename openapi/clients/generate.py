"""Writes the generated part of the clients, and the Postman collection. usage: python3 openapi/clients/generate.py [--check]

`--check` writes nothing and fails when a file is not what would be written.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import emit_postman
import emit_python
import emit_typescript
from document import ROOT, Document

HERE = Path(__file__).resolve().parent


def main() -> None:
    document = Document()
    operations = list(document.operations())
    files: dict[str, str] = {}
    for language in (emit_python, emit_typescript, emit_postman):
        files |= language.emit(document, operations)
    stale = []
    # A client has the version of the server that it was generated for.
    version = document.json["info"]["version"]
    for name in ("python/pyproject.toml", "typescript/package.json"):
        if not re.search(rf'^\s*"?version"?\s*[=:]\s*"{re.escape(version)}"', (HERE / name).read_text(), re.MULTILINE):
            sys.exit(f"openapi/clients/{name}: the version of the document is {version}")
    for name, text in files.items():
        path = HERE / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"{', '.join(stale)}: not what openapi.json says; run 'make clients' and commit the result")
    for name in stale:
        print(f"wrote {(HERE / name).resolve().relative_to(ROOT)}")


if __name__ == "__main__":
    main()
