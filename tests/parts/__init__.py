"""What each part of the casework adds to the tests' world and to the canaries.

A module of this folder may have:

- `add(session, place, case, users) -> dict[str, object]`: its objects on the case of one place, and
  the ids that answer the variables of its addresses;
- `FIELDS: dict[type, dict[str, Section]]`: the section that opens each sealed field of its tables
  (or a function from a row to it);
- `rows(session, place, case, key) -> list`: rows with sealed fields that `add` did not make, to be
  filled with canaries (those that `add` made are found by `made`);
- `made(session, case) -> list`: the rows with sealed fields that `add` made;
- `further(ids) -> list[str]`: the pages of further rows, where an address has room for one;
- `FORMATTED`: as in tests/canaries.py, for sealed fields that have a form of their own;
- `NOT_ON_EVERY_SCREEN: set[str]`: "Table.field" that its pages do not show to every reader;
- `WRITTEN: tuple[str, ...]`: its tables, and `VALID`, `FORM_FIELDS`: as in tests/test_bad_input.py;
- `INTO_THE_FILE: tuple[str, ...]`: endpoint prefixes that show a case.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

MODULES: tuple[ModuleType, ...] = tuple(
    import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)
)


def gathered(name: str) -> dict[Any, Any]:
    """The dictionaries of this name in all parts, as one."""
    return {k: v for part in MODULES for k, v in getattr(part, name, {}).items()}


def listed(name: str) -> list[Any]:
    return [item for part in MODULES for item in getattr(part, name, ())]


def called(name: str, *arguments: Any) -> list[Any]:
    """What the functions of this name return."""
    return [getattr(part, name)(*arguments) for part in MODULES if hasattr(part, name)]
