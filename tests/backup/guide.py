"""The commands of docs/operations.md: the tests run them, as an operator would copy them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"<!-- run: ([a-z-]+) -->\n```sh\n(.*?)```", re.DOTALL)


def blocks() -> dict[str, str]:
    """Those that are marked to be run, by name."""
    found = _BLOCK.findall((ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))
    return dict(found)


def variables(name: str) -> set[str]:
    """What a block of variables sets: an operator writes other values."""
    return set(re.findall(r"(?:^|\s)([A-Z][A-Z_]+)=", blocks()[name]))


def role_statements() -> list[str]:
    """What makes the role for backups."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sql\n(CREATE ROLE vongtay_backup.*?)```", text, re.DOTALL)
    return [line for line in block.split(";\n") if line.strip()]
