"""The child population is entered, corrected with a reason, or imported from a workbook."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.cases.queries.changes import who_when
from app.core import clock
from app.core.errors import DomainError, InvalidInput, StaleEdit
from app.documents.read_workbook import outline_of, table_of
from app.indicators.definitions import AgeGroup
from app.indicators.models import (
    ImportState,
    PopulationCount,
    PopulationEntry,
    PopulationImport,
    PopulationOrigin,
)
from app.indicators.population_sheet import PopulationRow, columns_in, read_rows
from app.reference.communes import commune

MOST_ROWS = 2_000
NEEDS_REASON = _l("Ghi vì sao số trước đó được sửa.")
READ_SECONDS = 10.0  # for each of the two readings: a request waits, with its transaction open
_LOCK = 0x706F70  # "pop"


class PopulationMoved(StaleEdit):
    """What a workbook was checked against does not stand any more."""

    message = _l(
        "Từ khi kiểm tra bảng tính, số của một số xã, phường đã đổi. Chưa nhập số nào. Hãy gửi lại"
        " tệp để so với số mới."
    )


class NothingToConfirm(DomainError):
    message = _l("Bảng tính này đã được nhập, còn chỗ cần sửa, hoặc không đổi số nào.")


@dataclass(frozen=True, slots=True)
class PopulationData:
    """`counts` by "male|0-5"."""

    year: int
    commune: str
    counts: Mapping[str, int]
    source: str
    source_on: date
    reason: str | None = None


def enter_population(
    session: Session, *, actor: Actor, data: PopulationData, version: int, now: datetime
) -> PopulationEntry:
    """A further version of a commune's figures; `version` is that of the one that was shown, 0
    where there was none. Raises StaleEdit, InvalidInput("reason")."""
    _lock(session)
    before = _current(session, data.year, [data.commune]).get(data.commune)
    if (before.version if before else 0) != version:
        raise StaleEdit(_theirs(session, before), before.version if before else 0)
    if before is not None and not data.reason:
        raise InvalidInput("reason", NEEDS_REASON)
    entry = _add(session, actor, data, before, PopulationOrigin.TYPED, now)
    _tell(session, actor, data.year, [data.commune], PopulationOrigin.TYPED, now)
    session.flush()
    return entry


def check_workbook(
    session: Session,
    *,
    actor: Actor,
    content: bytes,
    source: str,
    source_on: date,
    groups: Sequence[AgeGroup],
    now: datetime,
) -> PopulationImport:
    """Read a workbook and keep what it says, what is wrong, and which versions stood; nothing
    counts yet.

    Raises FileRefused, InvalidInput("file").
    """
    rows = _rows_of(content, groups, clock.local(now).date())
    standing = _versions(session, {one.year for one in rows if one.year is not None})
    sent = PopulationImport(
        source=source,
        source_on=source_on,
        rows=[
            {
                "row": one.row,
                "year": one.year,
                "commune": one.commune,
                "counts": one.counts,
                "version": standing.get(f"{one.year} {one.commune}", 0),
            }
            for one in rows
            if not one.problems
        ],
        problems=[
            {"row": one.row, "name": one.name[:100], "code": code, "about": about[:200]}
            for one in rows
            for code, about in one.problems
        ],
        by_id=actor.id,
        at=now,
    )
    session.add(sent)
    session.flush()
    return sent


def confirm_import(
    session: Session, *, actor: Actor, sent: PopulationImport, reason: str | None, now: datetime
) -> int:
    """All rows of a workbook without problems count from now on; returns how many changed what
    stood. Raises NothingToConfirm; InvalidInput("reason"); PopulationMoved where what stood was
    changed since the check."""
    _lock(session)
    session.refresh(sent, with_for_update=True)
    if sent.state is not ImportState.CHECKED or sent.problems or not sent.rows:
        raise NothingToConfirm
    by_year: dict[int, list[Mapping[str, Any]]] = {}
    for row in sent.rows:
        by_year.setdefault(row["year"], []).append(row)
    before = {
        year: _current(session, year, [row["commune"] for row in by_year[year]])
        for year in sorted(by_year)
    }
    _require_unmoved(session, sent, before)
    changed = sum(
        _import_year(session, actor, sent, by_year[year], standing, reason, now)
        for year, standing in before.items()
    )
    if not changed:
        raise NothingToConfirm
    sent.state, sent.done_at = ImportState.DONE, now
    session.flush()
    return changed


def _require_unmoved(
    session: Session, sent: PopulationImport, before: Mapping[int, Mapping[str, PopulationEntry]]
) -> None:
    """Raises PopulationMoved."""
    moved = [
        old
        for row in sent.rows
        if (old := before[row["year"]].get(row["commune"])) is not None
        and old.version != row.get("version", 0)
    ]
    if moved:
        raise PopulationMoved(_lines(session, moved), sent.version)


def _import_year(
    session: Session,
    actor: Actor,
    sent: PopulationImport,
    rows: Sequence[Mapping[str, Any]],
    before: Mapping[str, PopulationEntry],
    reason: str | None,
    now: datetime,
) -> int:
    """The rows of one year."""
    year, changed = rows[0]["year"], []
    for row in rows:
        old = before.get(row["commune"])
        if old is not None and _counts(old) == row["counts"]:
            continue
        if old is not None and not reason:
            raise InvalidInput("reason", NEEDS_REASON)
        data = PopulationData(
            year,
            row["commune"],
            row["counts"],
            sent.source,
            sent.source_on,
            reason if old else None,
        )
        _add(session, actor, data, old, PopulationOrigin.IMPORTED, now)
        changed.append(row["commune"])
    if changed:
        _tell(session, actor, year, changed, PopulationOrigin.IMPORTED, now)
    return len(changed)


def _rows_of(content: bytes, groups: Sequence[AgeGroup], today: date) -> list[PopulationRow]:
    for place, sheet in enumerate(outline_of(content, seconds=READ_SECONDS).sheets):
        found = columns_in(sheet, groups)
        if found is None:
            continue
        heading, places = found
        table = table_of(content, sheet=place, after=heading, most=MOST_ROWS, seconds=READ_SECONDS)
        rows = list(read_rows(table, places, groups, today))
        if rows:
            return rows
        raise InvalidInput(
            "file",
            _l(
                "Bảng tính chưa có số trẻ em nào. Điền số của ít nhất một xã, phường; dòng chưa"
                " điền số thì được bỏ qua."
            ),
        )
    raise InvalidInput(
        "file", _l("Không thấy đủ các cột của tệp mẫu. Hãy tải tệp mẫu và điền vào đó.")
    )


def _add(
    session: Session,
    actor: Actor,
    data: PopulationData,
    before: PopulationEntry | None,
    origin: PopulationOrigin,
    now: datetime,
) -> PopulationEntry:
    if before is not None:
        before.superseded_at = now
        session.flush()  # only one counts at a time
    counts = [
        PopulationCount(sex=sex, age_group=group, count=number)
        for (sex, _bar, group), number in ((k.partition("|"), n) for k, n in data.counts.items())
    ]
    entry = PopulationEntry(
        year=data.year,
        commune_code=data.commune,
        version=before.version + 1 if before else 1,
        origin=origin,
        source=data.source,
        source_on=data.source_on,
        reason=data.reason,
        by_id=actor.id,
        at=now,
        counts=counts,
    )
    session.add(entry)
    return entry


def _current(session: Session, year: int, codes: Iterable[str]) -> dict[str, PopulationEntry]:
    """The entries that count, with their counts, by commune."""
    standing = (
        select(PopulationEntry)
        .where(
            PopulationEntry.year == year,
            PopulationEntry.commune_code.in_(list(codes)),
            PopulationEntry.superseded_at.is_(None),
        )
        .options(selectinload(PopulationEntry.counts))
    )
    return {one.commune_code: one for one in session.scalars(standing)}


def _versions(session: Session, years: Collection[int]) -> dict[str, int]:
    """Of the entries that count, by year and commune ("2026 11953")."""
    rows = session.execute(
        select(PopulationEntry.year, PopulationEntry.commune_code, PopulationEntry.version).where(
            PopulationEntry.year.in_(years),
            PopulationEntry.superseded_at.is_(None),
        )
    )
    return {f"{year} {code}": version for year, code, version in rows}


def _counts(entry: PopulationEntry) -> dict[str, int]:
    return {f"{one.sex}|{one.age_group}": one.count for one in entry.counts}


def _theirs(session: Session, entry: PopulationEntry | None) -> list[tuple[str, str, str]]:
    """What stands now, for the page of a conflict."""
    return _lines(session, [entry]) if entry is not None else []


def _lines(session: Session, entries: Sequence[PopulationEntry]) -> list[tuple[str, str, str]]:
    """(commune and year, children, who and when) of what stands."""
    wanted = select(User.id, User.name).where(User.id.in_({one.by_id for one in entries}))
    names = {row[0]: row[1] for row in session.execute(wanted)}
    return [
        (
            _("%(commune)s, năm %(year)s", commune=commune(one.commune_code).label, year=one.year),
            str(sum(_counts(one).values())),
            who_when(names.get(one.by_id) if one.by_id else None, one.at),
        )
        for one in entries
    ]


def _lock(session: Session) -> None:
    """One change of the population at a time: there are few, and none may be lost."""
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _tell(
    session: Session,
    actor: Actor,
    year: int,
    changed: Sequence[str],
    origin: PopulationOrigin,
    now: datetime,
) -> None:
    data = {"year": year, "communes": list(changed), "count": len(changed), "origin": origin}
    record(session, actor, AuditAction.POPULATION_CHANGED, at=now, data=data)
