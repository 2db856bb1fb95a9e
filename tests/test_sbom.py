"""The bill of materials is the one of this lock."""

import re
from pathlib import Path

from scripts.sbom import FILE, bill, locked

ROOT = Path(__file__).parent.parent


def test_it_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == bill(), "run scripts/lock.sh"


def test_every_package_of_the_lock_is_in_it_with_its_hashes() -> None:
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    found = list(locked(lock))  # a package may be there for two versions of Python
    assert {part.name for part in found} == set(
        re.findall(r"^([a-z0-9._-]+)(?:\[.*?\])?==", lock, re.MULTILINE)
    )
    assert all(part.hashes and part.version for part in found)
    assert sum(len(part.hashes) for part in found) == lock.count("--hash=sha256:")
