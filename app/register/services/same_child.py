"""Is a row a child that is recorded already? What makes an import repeatable without doubling.

The key is the identity number and the name (marks apart) where both sides know a number: a number
that was copied to a further row of the sheet makes no two children one. Else it is name, date of
birth, commune and parents: the name letter by letter (case and blanks apart), the date of birth as
exactly as it is known, the commune of the list, and no parent whose name contradicts. Where the
date of birth is not known to the day, the parents recorded and the address must be the same too.
Sexes that contradict are two children. Whatever is less alike is a likely duplicate: a person
decides.
"""

import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.core.crypto import keyring
from app.core.sealed import DataKey, open_field
from app.people.models import Carer, Child, DobPrecision, Sex
from app.reference.names import search_key
from app.register.sheets.rows_data import SheetRow

T = TypeVar("T")
_PARENTS = ("father", "mother")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a child is recognised by. `number` is the keyed hash of the identity number."""

    name: str
    dob: str
    precision: str
    age: int | None
    sex: Sex
    number: bytes | None = None
    parents: tuple[tuple[str, str], ...] = ()
    home: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        return self.name, self.dob, self.precision, self.age

    def is_named_as(self, other: "Facts") -> bool:
        return search_key(self.name) == search_key(other.name)

    def agrees_with(self, other: "Facts") -> bool:
        """For facts with the same key."""
        if self.number and other.number and self.number != other.number:
            return False
        if {self.sex, other.sex} == {Sex.MALE, Sex.FEMALE}:
            return False
        if self.precision != DobPrecision.DAY:
            return self.parents == other.parents and self.home == other.home
        theirs = dict(other.parents)
        return all(theirs.get(relation, name) == name for relation, name in self.parents)


@dataclass(slots=True)
class KnownChildren(Generic[T]):
    """Children by what they are recognised by, each with a value of the caller's."""

    by_number: dict[bytes, list[tuple[Facts, T]]] = field(default_factory=dict)
    by_facts: dict[tuple[object, ...], list[tuple[Facts, T]]] = field(default_factory=dict)

    def add(self, facts: Facts, value: T) -> None:
        if facts.number:
            self.by_number.setdefault(facts.number, []).append((facts, value))
        self.by_facts.setdefault(facts.key, []).append((facts, value))

    def find(self, facts: Facts) -> T | None:
        """The value of the first child that these facts are of."""
        for known, value in self.of_number(facts):
            if facts.is_named_as(known):
                return value
        for known, value in self.by_facts.get(facts.key, ()):
            if facts.agrees_with(known):
                return value
        return None

    def of_number(self, facts: Facts) -> Sequence[tuple[Facts, T]]:
        """Whoever has the same identity number, whatever the name."""
        return self.by_number.get(facts.number, ()) if facts.number else ()


def facts_of_row(row: SheetRow) -> Facts:
    child = row.child()
    return Facts(
        name=_plain(row.full_name),
        dob=row.dob.isoformat() if row.dob else "",
        precision=child.dob_precision,
        age=child.estimated_age,
        sex=row.sex,
        number=keyring().lookup("national_id", row.national_id) if row.national_id else None,
        parents=_parents((r, n) for r, n in row.parents.items()),
        home=_plain(row.residence_text or ""),
    )


def facts_of_children(
    session: Session, ids: Sequence[uuid.UUID], commune: str
) -> list[tuple[uuid.UUID, Facts]]:
    """Of those of these children who live in the commune."""
    return _read(session, _children(commune).where(Child.id.in_(ids))) if ids else []


def facts_recorded_since(
    session: Session, since: datetime, commune: str
) -> list[tuple[uuid.UUID, Facts]]:
    """Of the commune's children that were recorded after a moment."""
    return _read(session, _children(commune).where(Child.created_at >= since))


def _children(commune: str) -> Select[*tuple[object, ...]]:
    return (
        select(
            Child.id, Child.full_name_sealed, Child.dob_sealed, Child.dob_precision,
            Child.estimated_age, Child.sex, Child.national_id_hash, Child.residence_text_sealed,
            DataKey.id.label("key_id"), DataKey.wrapped,
        )
        .join(DataKey, DataKey.id == Child.key_id)
        .where(Child.residence_commune == commune, Child.merged_into_id.is_(None))
        .where(DataKey.wrapped.is_not(None))
    )  # fmt: skip


def _read(session: Session, wanted: Select[*tuple[object, ...]]) -> list[tuple[uuid.UUID, Facts]]:
    rows = session.execute(wanted).all()
    parents = _parents_of(session, [row.id for row in rows])
    return [(row.id, _facts(row, parents.get(row.id, []))) for row in rows]


def _facts(row: "Row[*tuple[object, ...]]", parents: list[tuple[str, str]]) -> Facts:
    def opened(name: str) -> str:
        blob = getattr(row, f"{name}_sealed")
        return open_field(Child, name, row.id, (row.key_id, row.wrapped), blob) or ""

    is_guess = row.dob_precision is DobPrecision.ESTIMATED
    return Facts(
        name=_plain(opened("full_name")),
        dob=opened("dob"),
        precision=row.dob_precision,
        age=row.estimated_age if is_guess else None,
        sex=row.sex,
        number=row.national_id_hash,
        parents=_parents(parents),
        home=_plain(opened("residence_text")),
    )


def _parents_of(
    session: Session, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[tuple[str, str]]]:
    found: dict[uuid.UUID, list[tuple[str, str]]] = {}
    if not ids:
        return found
    rows = session.execute(
        select(
            Carer.id, Carer.child_id, Carer.relation, Carer.full_name_sealed,
            DataKey.id.label("key_id"), DataKey.wrapped,
        )
        .join(DataKey, DataKey.id == Carer.key_id)
        .where(Carer.child_id.in_(ids), Carer.relation.in_(_PARENTS))
    )  # fmt: skip
    for row in rows:
        key = (row.key_id, row.wrapped)
        name = open_field(Carer, "full_name", row.id, key, row.full_name_sealed)
        if name:
            found.setdefault(row.child_id, []).append((row.relation, name))
    return found


def _parents(named: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((relation, search_key(name)) for relation, name in named))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
