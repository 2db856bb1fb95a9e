"""Correcting a report after it was sent; old and new stand sealed on the timeline."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.corrections import (
    CORRECTABLE,
    changed_account,
    changes_by_section,
    values_of,
)
from app.cases.enums import EventKind
from app.cases.models import Case, Report
from app.cases.paths import clocks_of_report
from app.cases.queries.reports import corrections_since
from app.cases.services.clocks import start_missing
from app.cases.services.editing import lock_all
from app.cases.services.event_ages import age_at_event
from app.cases.services.locking import is_current
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import StaleEdit

_PATH = {"category", "is_present_danger"}  # what decides which clocks a case has


def correct_report(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    report: Report,
    values: Mapping[str, Any],
    version: int | None,
    now: datetime,
) -> list[str]:
    """Take over the values that differ; returns their names. All cases of the report follow.

    Raises StaleEdit with what others corrected meanwhile, CaseEnded.
    """
    cases = lock_all(session, _cases_of(report))
    case.require_open()
    if not is_current(session, report, version):
        raise StaleEdit(corrections_since(session, case, report, version or 0), report.version)
    before = values_of(report)
    changed = [name for name in CORRECTABLE if not _is_same(values[name], before[name])]
    if not changed:
        return []
    for name in changed:
        setattr(report, name, values[name])
    for sibling in cases:
        _follow(sibling, report)
        if not _PATH.isdisjoint(changed):
            _start_what_is_due(session, sibling, report, now)
        _tell(session, actor, sibling, report, before, changed, now)
    session.flush()
    return changed


def _is_same(typed: Any, known: Any) -> bool:
    """Forms know no seconds, and codes have no order."""
    if isinstance(typed, datetime) and isinstance(known, datetime):
        return typed == known.replace(second=0, microsecond=0)
    if isinstance(typed, list) and isinstance(known, list):
        return set(typed) == set(known)
    return bool(typed == known)


def _cases_of(report: Report) -> Select[Case]:
    of_report = select(Case).where(Case.report_id == report.id)
    return of_report.options(joinedload(Case.child, innerjoin=True))


def _follow(case: Case, report: Report) -> None:
    """What a case takes from its report."""
    case.category = report.category
    case.abuse_forms = list(report.abuse_forms)
    case.do_not_contact = report.is_caregiver_suspected
    case.age_at_event = age_at_event(case.child, report.event_at)


def _start_what_is_due(session: Session, case: Case, report: Report, now: datetime) -> None:
    """What the report should have started, from its receipt: a slip at the desk gains no time.

    A clock that it need not have started runs on: a person answers it.
    """
    keys = clocks_of_report(
        report.category,
        channel=report.channel,
        is_present_danger=report.is_present_danger,
        day=clock.local(report.received_at).date(),
    )
    later = [key for key in keys if key != "T_ROUTE"]
    start_missing(session, case, later, started_at=report.received_at, now=now)


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    report: Report,
    before: Mapping[str, Any],
    changed: list[str],
    now: datetime,
) -> None:
    """One entry for each section, so that nobody reads there what is closed elsewhere, and one for
    what the report tells."""
    after = values_of(report)
    told = [(*one, False) for one in sorted(changes_by_section(before, after, changed).items())]
    if account := changed_account(before, after, changed):
        told.append((Section.EVENT, account, True))
    for section, old_and_new, tells_account in told:
        add_event(
            session,
            case=case,
            key=case.child.key,
            actor=actor,
            kind=EventKind.REPORT_CORRECTED,
            section=section,
            happened_at=now,
            now=now,
            facts={"fields": list(old_and_new), "version": report.version + 1},
            note=json.dumps(old_and_new, ensure_ascii=False),
            subject_id=report.id,
            tells_account=tells_account,
        )
    record(
        session,
        actor,
        AuditAction.REPORT_CORRECTED,
        at=now,
        case_id=case.id,
        subject_id=report.id,
        data={"fields": changed},
    )
