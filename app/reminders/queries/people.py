"""Whom a reminder reaches: never an orphan, never somebody who is kept out of the child."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.grants import CaseDenial
from app.auth.models import Absence, Role, Unit, User
from app.cases.models import Case
from app.reminders.models import Obligation
from app.reminders.policy import NOBODY, ROUTE
from app.reminders.rules import Whom

ROLES: dict[Whom, tuple[Role, ...]] = {
    Whom.UNIT: (Role.CP_WORKER,),
    Whom.CHAIR: (Role.COMMUNE_CHAIR,),
    Whom.LEAD: (Role.UNIT_LEAD,),
    Whom.HEAD: (Role.COMMUNE_CHAIR,),
    Whom.OFFICER: (Role.AGENCY_OFFICER, Role.UNIT_LEAD, Role.CP_WORKER),
}
# Who is reminded where nobody of the first can be: the unit never goes silent.
FALLBACKS: dict[Whom, Whom] = {
    Whom.OWNER: Whom.UNIT,
    Whom.UNIT: Whom.CHAIR,
    Whom.LEAD: Whom.OFFICER,
    Whom.HEAD: Whom.LEAD,
    Whom.OFFICER: Whom.SUPERVISOR,
    Whom.CHAIR: Whom.SUPERVISOR,
}


_OF_FILE = (Whom.HEAD, Whom.LEAD)  # of the unit that works the file, where nobody's is asked


class Worked(NamedTuple):
    """The child of a case, and where it is worked."""

    child_id: uuid.UUID
    commune: str | None
    unit_id: uuid.UUID | None


def _roles(one: Obligation, whom: Whom) -> tuple[Role, ...]:
    """A report that no commune has yet is passed on by the desk that took it."""
    of_desk = (Role.INTAKE,) if whom is Whom.UNIT and one.kind == ROUTE else ()
    return (*ROLES[whom], *of_desk)


class Staff:
    """Everybody who could be reminded of these obligations, read in five statements."""

    def __init__(self, session: Session, obligations: Sequence[Obligation], today: date) -> None:
        self._cases = self._read_cases(session, obligations)
        units = {one.unit_id for one in obligations if one.unit_id}
        units |= {one.unit_id for one in self._cases.values() if one.unit_id}
        named = {user for one in obligations for user in (one.handed_to_id, one.user_id) if user}
        self._by_unit: dict[tuple[uuid.UUID, Role], list[uuid.UUID]] = defaultdict(list)
        self._unit_of: dict[uuid.UUID, uuid.UUID] = {}  # of everybody who could be told
        self._supervisors: list[tuple[uuid.UUID, str | None]] = []
        self._read_people(session, units, named)
        self._deputies = self._read_deputies(session, today)
        self._denied = self._read_denials(session)

    def _read_people(self, session: Session, units: set[uuid.UUID], named: set[uuid.UUID]) -> None:
        rows = session.execute(
            select(User.id, User.unit_id, User.role, Unit.commune_code)
            .join(Unit, Unit.id == User.unit_id)
            .where(
                User.is_active,
                Unit.is_active,
                User.role.not_in(NOBODY),
                User.unit_id.in_(units) | User.id.in_(named) | (User.role == Role.SUPERVISOR),
            )
            .order_by(User.id)
        )
        for user_id, unit_id, role, commune in rows:
            self._unit_of[user_id] = unit_id
            self._by_unit[unit_id, role].append(user_id)
            if role is Role.SUPERVISOR:
                self._supervisors.append((user_id, commune))

    def _read_deputies(self, session: Session, today: date) -> dict[uuid.UUID, uuid.UUID]:
        away = session.execute(
            select(Absence.user_id, Absence.deputy_id).where(
                Absence.cancelled_at.is_(None),
                Absence.since_on <= today,
                Absence.until_on >= today,
            )
        )
        return {row.user_id: row.deputy_id for row in away}

    @staticmethod
    def _read_cases(
        session: Session, obligations: Sequence[Obligation]
    ) -> dict[uuid.UUID, "Worked"]:
        ids = {one.case_id for one in obligations if one.case_id}
        rows = session.execute(
            select(Case.id, Case.child_id, Case.commune_code, Case.unit_id).where(Case.id.in_(ids))
        )
        return {row.id: Worked(row.child_id, row.commune_code, row.unit_id) for row in rows}

    def _read_denials(self, session: Session) -> set[tuple[uuid.UUID, uuid.UUID]]:
        children = {one.child_id for one in self._cases.values()}
        rows = session.execute(
            select(CaseDenial.child_id, CaseDenial.user_id).where(
                CaseDenial.child_id.in_(children), CaseDenial.until.is_(None)
            )
        )
        return {(child_id, user_id) for child_id, user_id in rows}

    def recipients(self, one: Obligation, whom: Iterable[Whom]) -> list[uuid.UUID]:
        """The people for these, each once, in a steady order."""
        found: dict[uuid.UUID, None] = {}
        for kind in whom:
            found.update(dict.fromkeys(self._of(one, kind)))
        return list(found)

    def _of(self, one: Obligation, whom: Whom) -> list[uuid.UUID]:
        people = [user for user in self._first(one, whom) if self._may(one, user)]
        if people or whom not in FALLBACKS:
            return people
        return self._of(one, FALLBACKS[whom])

    def _first(self, one: Obligation, whom: Whom) -> list[uuid.UUID]:
        if whom is Whom.SUPERVISOR:
            commune = self._cases[one.case_id].commune if one.case_id in self._cases else None
            return [user for user, area in self._supervisors if area in (None, commune)]
        if whom is Whom.SELF:
            return [one.user_id] if one.user_id in self._unit_of else []
        if whom in (Whom.OWNER, Whom.OFFICER):
            asked = self._named(one, one.handed_to_id) or self._named(one, one.user_id)
            if asked or whom is Whom.OWNER:
                return asked
        unit_id = one.unit_id
        if unit_id is None and one.case_id in self._cases and whom in _OF_FILE:
            unit_id = self._cases[one.case_id].unit_id
        if unit_id is None:
            return []
        found = [user for role in _roles(one, whom) for user in self._by_unit[unit_id, role]]
        return [present for user in found for present in self._named(one, user)]

    def _named(self, one: Obligation, user_id: uuid.UUID | None) -> list[uuid.UUID]:
        """The person, or who stands in while they are away; nobody whose account is closed, or who
        works elsewhere by now. Where all who stand in for each other are away it is nobody."""
        seen: set[uuid.UUID] = set()
        while user_id in self._deputies:
            if user_id in seen:
                return []
            seen.add(user_id)
            user_id = self._deputies[user_id]
        unit_id = self._unit_of.get(user_id) if user_id else None
        if user_id is None or unit_id is None or one.unit_id not in (None, unit_id):
            return []
        return [user_id] if self._may(one, user_id) else []

    def _may(self, one: Obligation, user_id: uuid.UUID) -> bool:
        known = self._cases.get(one.case_id) if one.case_id else None
        return known is None or (known.child_id, user_id) not in self._denied
