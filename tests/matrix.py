"""Reading the reviewed table of who gets an answer where (tests/matrix.toml)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from app.auth.models import Role

FILE = Path(__file__).with_name("matrix.toml")
EVERYBODY = frozenset(Role)


@dataclass(frozen=True)
class Row:
    """Roles that get an answer: for an object of their own unit, and for a foreign one.

    Everybody else is denied (403); a foreign object is hidden (404) from a role that would be
    answered for its own one, and from the roles in `hidden` every object is. `own` None: public.
    """

    own: frozenset[Role] | None
    foreign: frozenset[Role] | None
    hidden: frozenset[Role]
    address: dict[str, str]

    @property
    def is_public(self) -> bool:
        return self.own is None


def read_matrix() -> dict[str, Row]:
    """By "METHOD endpoint". `own` is a list of roles, or "signed-in", or "public"."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: _row(values) for name, values in raw.items()}


def _row(values: dict[str, object]) -> Row:
    extra = set(values) - {"own", "foreign", "hidden", "address"}
    if extra or "own" not in values:
        raise ValueError(f"unreadable row: {values}")
    address = values.get("address", {})
    assert isinstance(address, dict)
    foreign = values.get("foreign")
    return Row(
        None if values["own"] == "public" else _roles(values["own"]),
        None if foreign is None else _roles(foreign),
        _roles(values.get("hidden", [])),
        address,
    )


def _roles(value: object) -> frozenset[Role]:
    if value == "signed-in":
        return EVERYBODY
    assert isinstance(value, list)
    return frozenset(Role(name) for name in value)
