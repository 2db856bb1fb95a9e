"""What a restored database must stand: rows, the log, sealed fields, files."""

import hashlib
import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from pydantic import ValidationError
from sqlalchemy import LargeBinary, column, func, inspect, select, table
from sqlalchemy.orm import Session
from tink import TinkError

from app.audit import verify as audit
from app.backup.faults import Fault
from app.backup.members import LastCheckpoint, Manifest
from app.core.crypto import associated_data, keyring, unseal
from app.core.db import Base
from app.core.errors import KeyDestroyed
from app.core.sealed import DataKey, Sealed, SealedRow
from app.documents.models import Copy, StoredFile
from app.documents.vault import FileDamaged, read_file

FIELDS = 100  # sealed values that are opened
FILES = 500  # files that are read whole
_ROWS = 40  # looked at in each table


class Problem(NamedTuple):
    fault: Fault
    what: str


def count_problems(manifest: Manifest, found: dict[str, int]) -> Iterator[Problem]:
    """Each table that does not have just as many rows as it had."""
    for name in sorted(manifest.tables.keys() | found.keys()):
        then, now = manifest.tables.get(name), found.get(name)
        if then != now:
            words = f"table {name}: {now} rows were restored, {then} were dumped"
            yield Problem(Fault.COUNTS_DIFFER, words)


class Anchored(NamedTuple):
    """The lines of an anchor file: those that a backup must contain, and those signed later."""

    then: list[str]
    later: list[str]


def split_anchors(lines: Sequence[str], last: LastCheckpoint | None) -> Anchored:
    """By the newest checkpoint in the backup. A line that cannot be read is for the verification
    to refuse."""
    newest = last.last if last else 0
    found = Anchored([], [])
    for line in lines:
        (found.later if read_anchor(line).last > newest else found.then).append(line)
    return found


def read_anchor(line: str) -> LastCheckpoint:
    """What a line says; of one that cannot be read, nothing."""
    try:
        return LastCheckpoint.model_validate_json(line)
    except ValidationError:
        return LastCheckpoint(number=None, at=datetime.min.replace(tzinfo=UTC), last=0)


def log_problems(session: Session, anchors: Sequence[str], made_at: datetime) -> Iterator[Problem]:
    """The chains and checkpoints, against what this installation has kept of them."""
    found = audit.verify(session, anchors, now=made_at)
    if found.problem:
        where = f"event {found.problem.event_id}: " if found.problem.event_id else ""
        yield Problem(Fault.LOG_BROKEN, f"the audit log is broken: {where}{found.problem.what}")


class SealedValue(NamedTuple):
    """One value with what opens it."""

    table: str
    name: str
    row_id: uuid.UUID
    key_id: uuid.UUID
    wrapped: bytes
    blob: bytes


def sample_fields(session: Session, dice: random.Random, count: int = FIELDS) -> list[SealedValue]:
    """At least one value of every sealed column that has any, then others at random."""
    by_column = [values for values in _sealed_values(session) if values]
    found = [dice.choice(values) for values in by_column]
    rest = [value for values in by_column for value in values if value not in found]
    more = max(0, min(count - len(found), len(rest)))
    return found + dice.sample(rest, more)


def _sealed_values(session: Session) -> Iterator[list[SealedValue]]:
    for model in sealed_tables():
        names = [name for name, value in vars(model).items() if isinstance(value, Sealed)]
        yield from _values_of(session, model.__tablename__, names)


def sealed_tables() -> list[type[SealedRow]]:
    return sorted(
        (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, SealedRow)),
        key=lambda model: str(model.__tablename__),
    )


def _values_of(session: Session, name: str, fields: Sequence[str]) -> Iterator[list[SealedValue]]:
    present = [field for field in fields if f"{field}_sealed" in _columns(session, name)]
    if not present:
        return
    kind = DataKey.id.type
    columns = [column(f"{field}_sealed", LargeBinary()) for field in present]
    rows = table(name, column("id", kind), column("key_id", kind), *columns)
    query = (
        select(rows.c.id, DataKey.id, DataKey.wrapped, *columns)
        .join_from(rows, DataKey, DataKey.id == rows.c.key_id)
        .where(DataKey.wrapped.is_not(None))
        .order_by(func.random())
        .limit(_ROWS)
    )
    found = session.execute(query).all()
    for place, field in enumerate(present, start=3):
        yield [
            SealedValue(name, field, row[0], row[1], row[2], row[place])
            for row in found
            if row[place] is not None
        ]


def _columns(session: Session, name: str) -> set[str]:
    """Those that the backup's schema has: it may be older than this program."""
    known = inspect(session.connection())
    return {found["name"] for found in known.get_columns(name)} if known.has_table(name) else set()


def field_problems(values: Sequence[SealedValue]) -> Iterator[Problem]:
    for value in values:
        place = associated_data(value.table, value.name, value.row_id)
        try:
            unseal(keyring().fresh_cipher(value.key_id, value.wrapped), place, value.blob)
        except (InvalidTag, TinkError, ValueError):
            where = f"{value.table}.{value.name} of row {value.row_id}"
            yield Problem(Fault.FIELD_CLOSED, f"the sealed field {where} does not open")


def sample_files(session: Session, count: int = FILES) -> list[StoredFile]:
    query = select(StoredFile).order_by(func.random()).limit(count)
    return list(session.scalars(query).unique())


def file_problems(session: Session, files: Sequence[StoredFile]) -> Iterator[Problem]:
    """Each original is what it was when it came, by its SHA-256."""
    for stored in files:
        try:
            original = read_file(session, stored, Copy.ORIGINAL)
        except KeyDestroyed:
            continue
        except (FileDamaged, TinkError):
            original = None
        if original is None or hashlib.sha256(original).digest() != stored.sha256:
            yield Problem(Fault.FILE_DAMAGED, f"the file {stored.id} is not what was stored")
