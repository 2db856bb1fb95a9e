"""The import: all rows that are ready become children of the register in one transaction.

Works as a task (core/tasks.py). A process that is killed leaves nothing, and the work begins again
from the start; a second click finds the import under way. What came into the register since the dry
run is recognised by its key (services/same_child), so that nothing is doubled.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from app.audit.actions import AuditAction
from app.audit.services import append_pending, record
from app.auth.actor import Actor
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.policy import visible_to
from app.core import clock
from app.core.crypto import associated_data, seal, unseal
from app.core.errors import DomainError, InvalidInput
from app.core.garbage import collect_rarely
from app.core.sealed import TEXT_BLOCK
from app.core.tasks import TaskRun
from app.register.data_types import EntryData
from app.register.models import (
    AlreadyInGroup,
    Decision,
    ImportRow,
    ImportState,
    RowState,
    SheetImport,
)
from app.register.services.entry import Registered, check_entry, register_children
from app.register.services.import_check import (
    cases_of,
    new_places,
    opened,
    places_of,
    running,
)
from app.register.services.imports import count_rows, forget, forget_workbooks, tell
from app.register.services.memberships import membership_row, record_membership
from app.register.services.same_child import (
    KnownChildren,
    facts_of_row,
    facts_recorded_since,
)
from app.register.services.telling import tell as tell_membership
from app.register.sheets.rows_data import Remark, SheetRow, StagedMembership

AT_ONCE = 400
_SLACK = timedelta(minutes=1)  # of clocks: what was recorded while the dry run looked
_TAKEN = or_(
    ImportRow.state == RowState.READY,
    and_(
        ImportRow.state == RowState.ALIKE,
        ImportRow.decision.in_((Decision.SAME, Decision.OTHER)),
    ),
)
_STAYS = or_(
    ImportRow.state == RowState.ERROR,
    and_(ImportRow.state == RowState.ALIKE, ImportRow.decision.is_(None)),
)


class NotOurs(DomainError):
    message = _l("Trẻ em này không có hồ sơ ở đơn vị của bạn. Hãy hỏi đơn vị đang phụ trách.")


@dataclass(slots=True, eq=False)
class Here:
    """A child recorded since the dry run or by a row above, and where its groups go.

    Of one in other hands no group is known: what a row is told must not depend on them.
    """

    child_id: uuid.UUID | None
    case_id: uuid.UUID | None
    places: set[tuple[str, str | None]]


@dataclass(slots=True)
class Taken:
    """What became of a row."""

    id: uuid.UUID
    row: SheetRow
    decision: Decision | None
    child_id: uuid.UUID | None
    case_id: uuid.UUID | None


def run_import(run: TaskRun) -> None:
    """The work of a task of kind "register_import". Raises AccessLost, TaskCancelled."""
    with force_locale("vi"), collect_rarely() as collect, run.step() as session:
        sheet_import, actor = opened(session, run, ImportState.IMPORTING)
        work = _Import(session, actor, sheet_import, clock.now())
        total = session.scalar(select(func.count()).select_from(ImportRow).where(*work.wanted)) or 0
        run.progress(0, total)
        done = 0
        for part in work.parts():
            work.take(part)
            done += len(part)
            append_pending(session)  # some thousand events at a time
            session.expunge_all()
            collect()
            run.progress(done, total)
        work.finish(run, total)
    run.outcome = {"children": work.children, "memberships": work.memberships}


class _Import:
    """Rows of one import becoming children, some hundred at a time."""

    def __init__(
        self, session: Session, actor: Actor, sheet_import: SheetImport, now: datetime
    ) -> None:
        self.session, self.actor, self.now = session, actor, now
        self.today = clock.local(now).date()
        self.id, self.commune = sheet_import.id, sheet_import.commune_code
        self.cipher = sheet_import.key.cipher
        self.wanted = (ImportRow.import_id == self.id, _TAKEN)
        self.children = self.memberships = self.known = 0
        self.refused: set[uuid.UUID] = set()
        self.here: KnownChildren[Here] = KnownChildren()
        since = (sheet_import.checked_at or sheet_import.created_at) - _SLACK
        newer = facts_recorded_since(session, since, self.commune)
        ids = [child_id for child_id, _facts in newer]
        cases = cases_of(session, actor, ids)
        places = running(session, [i for i in ids if i in cases])
        for child_id, facts in newer:
            held = cases.get(child_id)
            known = Here(child_id, held.case_id if held else None, places.get(child_id, set()))
            self.here.add(facts, known)

    def parts(self) -> Iterator[list[Taken]]:
        after = 0
        while True:
            rows = self.session.execute(
                select(
                    ImportRow.id, ImportRow.number, ImportRow.decision, ImportRow.child_id,
                    ImportRow.case_id, ImportRow.content_sealed,
                )
                .where(*self.wanted, ImportRow.number > after)
                .order_by(ImportRow.number)
                .limit(AT_ONCE)
            ).all()  # fmt: skip
            if not rows:
                return
            after = rows[-1].number
            yield [self._opened(row) for row in rows]

    def _opened(self, row: Any) -> Taken:
        place = associated_data(ImportRow.__tablename__, "content", row.id)
        content = SheetRow.model_validate_json(unseal(self.cipher, place, row.content_sealed))
        return Taken(row.id, content, row.decision, row.child_id, row.case_id)

    def take(self, part: Sequence[Taken]) -> None:
        """New children together; further groups of children that are there one by one."""
        fresh: list[tuple[Taken, Here]] = []
        later: list[tuple[Taken, Here]] = []
        for one in part:
            if not self._is_still_right(one):
                continue
            facts = facts_of_row(one.row)
            here = None if one.decision is Decision.OTHER else self.here.find(facts)
            if one.child_id is not None:
                here = here or Here(one.child_id, one.case_id, set())
            if here is not None:
                later.append((one, here))
                continue
            here = Here(None, None, places_of(one.row.memberships))
            self.here.add(facts, here)
            fresh.append((one, here))
        self._register(fresh)
        for one, here in later:
            self._add_groups(one, here)
        self.session.flush()

    def _is_still_right(self, one: Taken) -> bool:
        """A child may have turned sixteen since the dry run."""
        try:
            for entry in one.row.entries():
                check_entry(entry, today=self.today)
        except InvalidInput as refused:
            self._refuse(one, str(refused.text))
            return False
        return True

    def _register(self, fresh: Sequence[tuple[Taken, Here]]) -> None:
        entries = [one.row.entries() for one, _here in fresh]
        registered = register_children(
            self.session, actor=self.actor, data=[first for first, *_more in entries], now=self.now
        )
        for (_one, here), (_first, *more), new in zip(fresh, entries, registered, strict=True):
            here.child_id, here.case_id = new.child.id, new.case.id
            for entry in more:
                self._also(new, entry)
            self.children += 1
            self.memberships += 1 + len(more)

    def _also(self, new: Registered, entry: EntryData) -> None:
        """A further group of a child that was just made."""
        row = membership_row(self.actor, new.case, new.child.key, entry.membership, self.now)
        self.session.add(row)
        kind = EventKind.GROUP_RECORDED
        tell_membership(self.session, self.actor, new.case, row, kind, "recorded", now=self.now)

    def _add_groups(self, one: Taken, here: Here) -> None:
        fresh, added = new_places(one.row.memberships, here.places), 0
        case = self._case(here.case_id)
        if fresh and case is None:
            self._note_asked(here)
            return self._refuse(one, str(NotOurs.message))
        for membership in fresh:
            added += self._add(one, case, membership)
        here.places.update(places_of(fresh))
        self.memberships += added
        if not added and one.id not in self.refused:
            self.known += 1
        return None

    def _note_asked(self, here: Here) -> None:
        """Trying names is seen: the answer told of a child in other hands."""
        data = {"children": [str(here.child_id)], "count": 1}
        record(self.session, self.actor, AuditAction.DUPLICATES_SHOWN, at=self.now, data=data)

    def _add(self, one: Taken, case: Case | None, membership: StagedMembership) -> bool:
        """Is the group recorded now? One that the child has already is no fault."""
        if case is None:
            return False
        try:
            record_membership(
                self.session, actor=self.actor, case=case, data=membership.data(), now=self.now
            )
        except AlreadyInGroup:
            return False
        except DomainError as refused:
            words = refused.text if isinstance(refused, InvalidInput) else refused.message
            self._refuse(one, str(words))
            return False
        return True

    def _case(self, case_id: uuid.UUID | None) -> Case | None:
        """As the actor's unit holds it, and as it is open to the actor, now."""
        if case_id is None:
            return None
        return self.session.scalars(
            visible_to(self.actor)
            .where(Case.id == case_id, Case.unit_id == self.actor.unit_id)
            .options(joinedload(Case.child, innerjoin=True))
        ).one_or_none()

    def _refuse(self, one: Taken, words: str) -> None:
        """The row stays, with what the register says to it."""
        self.refused.add(one.id)
        one.row.faults.append(Remark(code="rule", words=words))
        place = associated_data(ImportRow.__tablename__, "content", one.id)
        text = one.row.model_dump_json(exclude_defaults=True)
        self.session.execute(
            update(ImportRow)
            .where(ImportRow.id == one.id)
            .values(
                state=RowState.ERROR,
                decision=None,
                content_sealed=seal(self.cipher, place, text, block=TEXT_BLOCK),
            )
        )

    def finish(self, run: TaskRun, total: int) -> None:
        """What was imported is here no longer; rows with errors and those undecided stay."""
        sheet_import, actor = opened(self.session, run, ImportState.IMPORTING, lock=True)
        before = sheet_import.counts
        self.session.execute(delete(ImportRow).where(ImportRow.import_id == self.id, ~_STAYS))
        sheet_import.counts = _sum(before, self._counts(total, before))
        sheet_import.state, sheet_import.imported_at = ImportState.DONE, self.now
        count_rows(self.session, sheet_import)
        is_over = not any(s in sheet_import.counts for s in (RowState.ERROR, RowState.ALIKE))
        (forget if is_over else forget_workbooks)(self.session, [sheet_import])
        tell(
            self.session, actor, sheet_import, "imported", self.now,
            count=self.children, rows=total, errors=len(self.refused), task=run.id,
        )  # fmt: skip

    def _counts(self, total: int, before: Mapping[str, int]) -> dict[str, int]:
        return {
            "imported_rows": total - len(self.refused),
            "imported_children": self.children,
            "imported_memberships": self.memberships,
            "imported_known": self.known + before.get("known", 0),
            "imported_skipped": before.get("skipped", 0),
            "imported_left": before.get("alike_leave", 0),
        }


def _sum(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: before.get(name, 0) + count for name, count in more.items()}
