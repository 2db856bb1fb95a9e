"""The dry run: the sheet is read, every row is judged, nothing reaches the register.

Works as a task (core/tasks.py): all rows are staged in one transaction, sealed under the import's
key. A process that is killed leaves the import as it was, and the work begins again.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.people import actor_of_user
from app.auth.permissions import Permission, is_allowed
from app.cases.enums import CaseState
from app.cases.models import Case
from app.cases.policy import visible_to
from app.core import clock
from app.core.crypto import associated_data, seal
from app.core.ids import new_id
from app.core.sealed import TEXT_BLOCK
from app.core.tasks import TaskRun
from app.documents.examine import FileRefused
from app.documents.models import Copy, StoredFile
from app.documents.read_workbook import table_of
from app.documents.vault import read_file
from app.people.duplicates import SHOWN_FROM, STRONG, Candidate, Match
from app.people.many_duplicates import likely_duplicates_of_many
from app.register.models import GroupMembership, ImportRow, ImportState, RowState, SheetImport
from app.register.services.imports import count_rows, tell
from app.register.services.same_child import (
    Facts,
    KnownChildren,
    facts_of_children,
    facts_of_row,
)
from app.register.sheets.reading import Choices, ReadRow, read_rows
from app.register.sheets.rows_data import Remark, SheetRow, StagedMatch, StagedMembership
from app.register.sheets.vocabulary import vocabulary

AT_ONCE = 250
ALIKE_FROM = 70  # the same name and year of birth, and one thing more
_LOOKED_AT = 8
Places = Mapping[uuid.UUID, set[tuple[str, str | None]]]  # running memberships by child


class AccessLost(Exception):  # errors state the fact
    """Whoever asked for the work may not import any more, or the import went another way."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A row above that is the same child, with the groups recorded for it so far."""

    number: int
    places: set[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Judged:
    state: RowState
    child_id: uuid.UUID | None = None
    case_id: uuid.UUID | None = None


def check_import(run: TaskRun) -> None:
    """The work of a task of kind "register_check". Raises AccessLost, TaskCancelled."""
    try:
        rows = list(_read(run))
    except FileRefused as refused:
        with run.step() as session:
            sheet_import, _actor = opened(session, run, ImportState.CHECKING, lock=True)
            sheet_import.state, sheet_import.fault = ImportState.UPLOADED, refused.fault
        return
    run.progress(0, len(rows))
    with run.step() as session:
        sheet_import, actor = opened(session, run, ImportState.CHECKING)
        session.execute(delete(ImportRow).where(ImportRow.import_id == sheet_import.id))
        work = _Check(session, actor, sheet_import)
        for done, part in _parts(rows):
            session.execute(insert(ImportRow), [work.staged(one) for one in work.judged(part)])
            run.progress(done, len(rows))
        _end(session, run, len(rows))


def _end(session: Session, run: TaskRun, rows: int) -> None:
    sheet_import, actor = opened(session, run, ImportState.CHECKING, lock=True)
    now = clock.now()
    sheet_import.state, sheet_import.checked_at = ImportState.CHECKED, now
    count_rows(session, sheet_import)
    errors = sheet_import.counts.get("error", 0)
    tell(session, actor, sheet_import, "checked", now, rows=rows, errors=errors, task=run.id)


def opened(
    session: Session, run: TaskRun, state: ImportState, *, lock: bool = False
) -> tuple[SheetImport, Actor]:
    """The import and who works at it. Its row is locked at the end only: whoever looks at it or
    stops the work does not wait. Raises AccessLost."""
    wanted = select(SheetImport).where(SheetImport.id == uuid.UUID(run.payload["import_id"]))
    if lock:
        wanted = wanted.with_for_update(of=SheetImport, key_share=True)
    found = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    actor = actor_of_user(session, run.user_id)
    if found is None or actor is None or found.task_id != run.id or found.state is not state:
        raise AccessLost
    if not is_allowed(actor, Permission.IMPORT_RUN, found):
        raise AccessLost
    return found, actor


def _read(run: TaskRun) -> Iterator[ReadRow]:
    """Raises FileRefused."""
    known, today = vocabulary(), clock.today()
    with run.step() as session:
        sheet_import, _actor = opened(session, run, ImportState.CHECKING)
        chosen, commune = sheet_import.chosen, sheet_import.commune_code
        stored = session.get_one(StoredFile, sheet_import.file_id)
        content = read_file(session, stored, Copy.ORIGINAL)
    table = table_of(content, sheet=chosen.sheet, after=chosen.heading, most=known.most_rows)
    choices = Choices(chosen.columns, commune, chosen.since or today, chosen.group)
    return read_rows(table, choices, known, today)


def _parts(rows: Sequence[ReadRow]) -> Iterator[tuple[int, list[ReadRow]]]:
    source, done = iter(rows), 0
    while part := list(islice(source, AT_ONCE)):
        done += len(part)
        yield done, part


class _Check:
    """The judgement of rows, some hundred at a time, in the order of the sheet."""

    def __init__(self, session: Session, actor: Actor, sheet_import: SheetImport) -> None:
        self.session, self.actor, self.sheet_import = session, actor, sheet_import
        self.commune = sheet_import.commune_code
        self.above: KnownChildren[Earlier] = KnownChildren()

    def judged(self, rows: Sequence[ReadRow]) -> Iterator[tuple[SheetRow, Judged]]:
        good = [one.row for one in rows if not one.is_skipped and not one.row.faults]
        matches = self._matches(good, clock.now())
        ids = list({m.child_id for ms in matches.values() for m in ms if m.child_id})
        facts = dict(facts_of_children(self.session, ids, self.commune))
        cases, places = cases_of(self.session, self.actor, ids), running(self.session, ids)
        for one in rows:
            row = one.row
            if one.is_skipped or row.faults:
                yield row, Judged(RowState.SKIPPED if one.is_skipped else RowState.ERROR)
                continue
            found = matches[row.number]
            row.matches = [_staged(m, cases.get(m.child_id)) for m in found[:4]]
            yield row, self._judge(row, found, facts, cases, places)

    def _matches(self, rows: Sequence[SheetRow], now: datetime) -> dict[int, list[Match]]:
        found = likely_duplicates_of_many(
            self.session,
            actor=self.actor,
            candidates=[_candidate(row, self.commune) for row in rows],
            shown_from=SHOWN_FROM,
            limit=_LOOKED_AT,
            now=now,
        )
        return {row.number: matches for row, matches in zip(rows, found, strict=True)}

    def _judge(
        self,
        row: SheetRow,
        matches: Sequence[Match],
        facts: Mapping[uuid.UUID, Facts],
        cases: Mapping[uuid.UUID | None, "Held"],
        places: Places,
    ) -> Judged:
        own = facts_of_row(row)
        if (above := self.above.find(own)) is not None:
            return _again(row, above)
        if others := self.above.of_number(own):
            return _number_taken(row, others[0][1])
        self.above.add(own, Earlier(row.number, places_of(row.memberships)))
        known: KnownChildren[uuid.UUID] = KnownChildren()
        for match in matches:
            if match.child_id is not None and match.child_id in facts:
                known.add(facts[match.child_id], match.child_id)
        same = known.find(own)
        if same is None:
            return Judged(RowState.ALIKE if any(map(_is_alike, matches)) else RowState.READY)
        row.matches = [one for one in row.matches if one.child_id == same] or row.matches
        if not new_places(row.memberships, places.get(same, set())):
            return Judged(RowState.KNOWN, same)
        if same not in cases:
            return Judged(RowState.ALIKE)
        row.notes.append(Remark(code="adds_group", value=cases[same].number))
        return Judged(RowState.READY, same, cases[same].case_id)

    def staged(self, judged: tuple[SheetRow, Judged]) -> dict[str, Any]:
        """The values of a row of `import_rows`, sealed."""
        (row, verdict), row_id = judged, new_id()
        place = associated_data(ImportRow.__tablename__, "content", row_id)
        text = row.model_dump_json(exclude_defaults=True)
        return {
            "id": row_id,
            "key_id": self.sheet_import.key_id,
            "import_id": self.sheet_import.id,
            "number": row.number,
            "state": verdict.state,
            "decision": None,
            "child_id": verdict.child_id,
            "case_id": verdict.case_id,
            "content_sealed": seal(self.sheet_import.key.cipher, place, text, block=TEXT_BLOCK),
        }


def _again(row: SheetRow, above: Earlier) -> Judged:
    """A child that stands in the sheet twice: for another group, or by mistake."""
    fresh = new_places(row.memberships, above.places)
    row.notes.append(
        Remark(code="same_as_row" if fresh else "repeated_row", value=str(above.number))
    )
    above.places.update(places_of(fresh))
    return Judged(RowState.READY if fresh else RowState.KNOWN)


def _number_taken(row: SheetRow, above: Earlier) -> Judged:
    """The number of a child with another name: one of the two was written down wrongly."""
    row.faults.append(Remark(code="number_taken", field="national_id", value=str(above.number)))
    return Judged(RowState.ERROR)


def _is_alike(match: Match) -> bool:
    """Of a child whom the reader may not see, only the number is enough to hold a row back."""
    return match.score >= (ALIKE_FROM if match.is_visible else STRONG)


def _candidate(row: SheetRow, commune: str) -> Candidate:
    child = row.child()
    return Candidate(
        full_name=row.full_name,
        birth_year=child.birth_year(clock.today()),
        dob=row.dob if row.dob and child.dob_precision == "day" else None,
        sex=row.sex,
        parent_names=tuple(row.parents.values()),
        commune=commune,
        national_id=row.national_id,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A case in the hands of the actor's unit, under which a group can be recorded."""

    case_id: uuid.UUID
    number: str


def cases_of(
    session: Session, actor: Actor, children: Sequence[uuid.UUID]
) -> dict[uuid.UUID | None, Held]:
    """Of these children the newest case of the actor's unit that still takes groups, and that is
    open to the actor."""
    if not children:
        return {}
    rows = session.execute(
        visible_to(actor)
        .with_only_columns(Case.child_id, Case.id, Case.number)
        .where(Case.child_id.in_(children), Case.unit_id == actor.unit_id)
        .where((Case.state == CaseState.CLOSED) | Case.is_ended.is_(False))
        .order_by(Case.opened_at)
    )
    return {row.child_id: Held(row.id, row.number) for row in rows}


def running(session: Session, children: Sequence[uuid.UUID]) -> Places:
    """The groups in which these children are now."""
    found: dict[uuid.UUID, set[tuple[str, str | None]]] = {}
    if not children:
        return found
    M = GroupMembership  # noqa: N806  # as elsewhere in this package
    rows = session.execute(
        select(M.child_id, M.group_code, M.sub_code).where(
            M.child_id.in_(children), M.until.is_(None)
        )
    )
    for child_id, group, sub in rows:
        found.setdefault(child_id, set()).add((group, sub))
    return found


def places_of(memberships: Sequence[StagedMembership]) -> set[tuple[str, str | None]]:
    return {(one.data().group_code, one.data().sub_code) for one in memberships}


def new_places(
    memberships: Sequence[StagedMembership], known: set[tuple[str, str | None]]
) -> list[StagedMembership]:
    """Those that may run beside the known ones: as services/memberships asks."""
    fresh = []
    for one in memberships:
        group, sub = one.data().place
        subs = {s for g, s in known if g == group}
        if not subs or (sub is not None and sub not in subs and None not in subs):
            fresh.append(one)
    return fresh


def _staged(match: Match, held: Held | None) -> StagedMatch:
    return StagedMatch(
        child_id=match.child_id,
        case_id=held.case_id if held else None,
        number=held.number if held else "",
        score=match.score,
        reasons=[reason.value for reason in match.reasons],
        name=match.name or "",
        birth_year=match.birth_year,
        units=list(match.unit_names),
    )
