"""Does what a README says: saves its programs and runs its commands. usage: readme.py FILE

A block whose first line is a comment with a file name (`# tour.py`, `// tour.mts`) is saved under that name; a
block of `sh` is run. Both happen in a folder that holds a copy of openapi/clients, as the root of a clone does.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CLIENTS = Path(__file__).resolve().parent


def main() -> None:
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ran = 0
    with tempfile.TemporaryDirectory() as folder:
        leave = shutil.ignore_patterns("node_modules", "dist", "__pycache__", ".mypy_cache", "build")
        shutil.copytree(CLIENTS, Path(folder, "openapi", "clients"), ignore=leave)
        for language, content in blocks:
            name = re.match(r"(?:#|//) ([\w.]+\.[\w.]+)\n", content)
            if language == "sh":
                subprocess.run(["sh", "-eux", "-c", content], cwd=folder, check=True)
                ran += 1
            elif name:
                Path(folder, name[1]).write_text(content, encoding="utf-8")
            else:
                sys.exit(f"{sys.argv[1]}: a block of {language} is neither run nor saved")
    if ran == 0:
        sys.exit(f"{sys.argv[1]}: nothing was run")


if __name__ == "__main__":
    main()
