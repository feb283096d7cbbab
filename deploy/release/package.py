"""Packs a built binary for its platform: an archive, a wheel and an npm package, each with its checksum.

    python3 deploy/release/package.py BINARY PLATFORM OUT

PLATFORM is one of PLATFORMS. Only Python's own library is used. All three hold the same binary; the wheel puts it
on the PATH of an environment (`pip install alveole-….whl`, then `alveole serve`), the npm package into
`node_modules/.bin`.
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import re
import sys
import tarfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUMMARY = "An application back end in one binary: accounts, tasks, files, products behind a typed REST API"

# Platform: the tag of a wheel, then npm's words for system and processor. The Linux binaries are built on Debian 12,
# so they need glibc 2.36.
PLATFORMS = {
    "linux-x86_64": ("manylinux_2_36_x86_64", "linux", "x64"),
    "linux-arm64": ("manylinux_2_36_aarch64", "linux", "arm64"),
    "macos-arm64": ("macosx_14_0_arm64", "darwin", "arm64"),
}

# What goes with the binary into the archive.
WITH_IT = ["LICENSE", "README.md", "CHANGELOG.md", "alveole.example.yaml"]

# One moment for everything, so that the same binary gives the same bytes.
MOMENT = (2026, 1, 1, 0, 0, 0)
SECONDS = 1767225600


def version():
    found = re.search(r'(?m)^\[workspace\.package\]\nversion = "([^"]+)"', (ROOT / "Cargo.toml").read_text())
    if not found:
        sys.exit("Cargo.toml has no version")
    return found.group(1)


def tar_gz(path, entries):
    """Writes (name, bytes, mode) entries into a compressed archive."""
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, SECONDS) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content, mode in entries:
                info = tarfile.TarInfo(name)
                info.size, info.mode, info.mtime = len(content), mode, SECONDS
                archive.addfile(info, io.BytesIO(content))


def archive(binary, platform, out):
    folder = f"alveole-{version()}-{platform}"
    entries = [(f"{folder}/alveole", binary, 0o755)]
    entries += [(f"{folder}/{name}", (ROOT / name).read_bytes(), 0o644) for name in WITH_IT]
    path = out / f"{folder}.tar.gz"
    tar_gz(path, entries)
    return path


def wheel(binary, platform, out):
    """PEP 427: a zip whose `.data/scripts` is copied onto the PATH."""
    number, tag = version(), PLATFORMS[platform][0]
    info = f"alveole-{number}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: alveole\nVersion: {number}\nSummary: {SUMMARY}\nLicense: MIT\n"
    described = f"Wheel-Version: 1.0\nGenerator: alveole-package\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n"
    files = [
        (f"alveole-{number}.data/scripts/alveole", binary, 0o755),
        (f"{info}/METADATA", metadata.encode(), 0o644),
        (f"{info}/WHEEL", described.encode(), 0o644),
        (f"{info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644),
    ]
    record = ""
    for name, content, _ in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(content)}\n"
    files.append((f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), 0o644))
    path = out / f"alveole-{number}-py3-none-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content, mode in files:
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return path


def npm(binary, platform, out):
    """A package for one platform; npm refuses it on any other."""
    number, (_, system, processor) = version(), PLATFORMS[platform]
    described = {
        "name": f"alveole-{system}-{processor}",
        "version": number,
        "description": SUMMARY,
        "license": "MIT",
        "os": [system],
        "cpu": [processor],
        "bin": {"alveole": "bin/alveole"},
        "files": ["bin"],
    }
    entries = [
        ("package/package.json", json.dumps(described, indent=2).encode() + b"\n", 0o644),
        ("package/LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644),
        ("package/bin/alveole", binary, 0o755),
    ]
    path = out / f"alveole-{system}-{processor}-{number}.tgz"
    tar_gz(path, entries)
    return path


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in PLATFORMS:
        sys.exit(f"usage: package.py BINARY PLATFORM OUT   (PLATFORM: {', '.join(PLATFORMS)})")
    binary, platform, out = pathlib.Path(sys.argv[1]).read_bytes(), sys.argv[2], pathlib.Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    for make in (archive, wheel, npm):
        path = make(binary, platform, out)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (out / f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n")
        print(f"{path.stat().st_size / 2**20:7.1f} MiB  {path}")


main()
