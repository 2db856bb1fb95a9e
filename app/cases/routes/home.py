"""Where everybody lands: what waits for this role, and nothing else."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.actor import Actor
from app.auth.login import current_actor
from app.auth.models import Role
from app.auth.permissions import Permission, has_permission, sections_of
from app.auth.queries import system_facts
from app.cases.labels import STATES
from app.cases.pages import home as words
from app.cases.pages.clock_list import clocks_page
from app.cases.pages.exports import exports
from app.cases.pages.links import link
from app.cases.pages.lists import case_lines
from app.cases.pages.moves import coming, gone
from app.cases.queries import home as queries
from app.cases.queries.assessment import pending_overrides
from app.cases.queries.care_home import open_care
from app.cases.queries.erasures import ERASURE
from app.cases.queries.exports import pending_exports
from app.cases.queries.extensions import pending_extensions
from app.cases.queries.intake import reports_of_today, unrouted_reports
from app.cases.queries.list_filters import ListFilter
from app.cases.queries.list_order import SOON
from app.cases.queries.lists import CaseRow, list_cases
from app.cases.queries.measures import measures_ending
from app.cases.queries.moves import hand_overs
from app.cases.queries.pending import (
    PARTS,
    PLAN,
    asked_of_supervisor,
    pending,
    pending_of,
)
from app.cases.queries.worker_loads import worker_loads
from app.core import clock
from app.core.db import NIL, db
from app.core.jobs import failing_jobs, is_scheduler_silent
from app.deadlines.queries import clock_counts

bp = Blueprint("home", __name__)

Part = Callable[[Actor, datetime], str]
# What upper packages add to a page: each returns a card (QUIET_LINES: a line), or nothing.
WORKER_PARTS: list[Part] = []
SUPERVISOR_PARTS: list[Part] = []
QUIET_LINES: list[Part] = []
ADMINISTRATOR_PARTS: list[Part] = []  # alarms
# To Today of workers and Chairs.
TODAY_PARTS: list[Callable[[Actor, datetime], words.More]] = []
# To what a supervisor decides, where `queries/pending.py` ASKED is no place for it. What a Chair
# signs: PARTS there.
SUPERVISOR_DECISIONS: list[Callable[[Actor], list[words.Waiting]]] = []
MINE = 10
LATE = 5
ENDING = timedelta(days=3)
LATELY = timedelta(days=3)


@bp.get("/")
@authorized(Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    actor = current_actor()
    return HOMES[actor.role](actor)


def _worker(actor: Actor) -> str:
    now, sections = clock.now(), sections_of(actor)
    cases = queries.cases_of_today(db.session, actor, sections=sections, now=now)
    rows, more = list_cases(
        db.session, actor, sections=sections, wanted=ListFilter(who="mine"), limit=MINE, now=now
    )
    moves = hand_overs(db.session, actor, answered_since=now - LATELY)
    today, waiting = _today(actor, cases, coming(moves), now)
    _note(actor, [one.case_id for one in today] + [row.id for row in rows])
    return render_template(
        "home/worker.html",
        today=today,
        handed_over=gone(moves),
        waiting=waiting,
        all_url=_all_url(),
        lines=case_lines(rows, now),
        more=more,
        may_report=has_permission(actor, Permission.REPORT_CREATE),
        more_parts=parts(WORKER_PARTS, actor, now),
    )


def _chair(actor: Actor) -> str:
    now, sections = clock.now(), sections_of(actor)
    cases = queries.cases_of_today(db.session, actor, sections=sections, now=now)
    high, more = _high_risk(actor)
    today, waiting = _today(actor, cases, [], now)
    _note(actor, [one.case_id for one in today] + [row.id for row in high])
    asked = pending(db.session, actor)
    apart, cared = open_care(db.session, actor, now=now, within=ENDING)
    ending = measures_ending(db.session, actor, now=now, within=ENDING)
    return render_template(
        "home/chair.html",
        decisions=[
            *words.overrides(pending_overrides(db.session, actor), actor.id),
            *words.care_proposals(apart, cared, actor.id),
            *words.signatures(asked, actor.id, [PLAN]),
            *words.extensions(pending_extensions(db.session, actor), actor.id),
            *words.signatures(asked, actor.id, [kind for kind in PARTS if kind != PLAN]),
            *exports(pending_exports(db.session, actor, now=now)),
        ],
        ending=[*words.care_ending(apart, cared, now), *words.ending(ending, now)],
        today=today,
        waiting=waiting,
        all_url=_all_url(),
        lines=case_lines(high, now),
        more=more,
    )


def _supervisor(actor: Actor) -> str:
    now = clock.now()
    counts = clock_counts(db.session, now=now, within=SOON, commune_code=actor.commune_code)
    loads = queries.loads(db.session, actor)
    reports = unrouted_reports(db.session, actor, now)
    asked = _asked_elsewhere(actor)
    asked += words.extensions(pending_extensions(db.session, actor), actor.id)
    asked += exports(pending_exports(db.session, actor, now=now))
    asked += words.signatures(pending_of(db.session, actor, ERASURE), actor.id, [ERASURE])
    signatures = words.overrides(pending_overrides(db.session, actor), actor.id)
    return render_template(
        "home/supervisor.html",
        tiles=words.supervisor_tiles(counts, loads, reports, [*signatures, *asked]),
        decisions=[*signatures, *asked],
        waiting_reports=reports,
        late=clocks_page(_late(actor), state="missed", limit=LATE, now=now).rows,
        loads=words.load_lines(loads),
        workers=worker_loads(db.session, actor),
        board_url=link("clock_board.index"),
        retention_url=link("retention.index"),
        more_parts=parts(SUPERVISOR_PARTS, actor, now),
    )


def _desk(actor: Actor) -> str:
    now = clock.now()
    reports = reports_of_today(db.session, actor, now)
    record(
        db.session,
        actor,
        AuditAction.REPORT_STATE_READ,
        at=now,
        data={"count": len(reports)},
    )
    return render_template(
        "home/desk.html",
        today_reports=reports,
        state_words=STATES,
        waiting_reports=unrouted_reports(db.session, actor, now),
        may_search=has_permission(actor, Permission.PEOPLE_SEARCH),
        quiet_lines=parts(QUIET_LINES, actor, now),
    )


def _analyst(actor: Actor) -> str:
    return render_template("home/analyst.html")


def _administrator(actor: Actor) -> str:
    now = clock.now()
    return render_template(
        "home/administrator.html",
        facts=system_facts(db.session),
        rules_url=link("reminder_rules.index"),
        is_silent=is_scheduler_silent(db.session, now),
        failing=failing_jobs(db.session),
        alarms=parts(ADMINISTRATOR_PARTS, actor, now),
    )


def parts(found: Sequence[Part], actor: Actor, now: datetime) -> list[Markup]:
    return [Markup(part(actor, now)) for part in found]  # noqa: S704  # each renders a template


def _today(
    actor: Actor, cases: Sequence[queries.TodayCase], offered: list[words.Todo], now: datetime
) -> tuple[list[words.Todo], int]:
    more = [words.More(offered, len(offered)), *(part(actor, now) for part in TODAY_PARTS)]
    return words.todos(cases, more, actor=actor, now=now)


def _all_url() -> str:
    """Where all that is due stands, of which Today shows the first rows."""
    return link("reminders.index") or link("cases.index")


def _asked_elsewhere(actor: Actor) -> list[words.Waiting]:
    """In one statement, and what needs one of its own."""
    found = words.asked(asked_of_supervisor(db.session, actor), actor)
    return found + [one for asked in SUPERVISOR_DECISIONS for one in asked(actor)]


def _late(actor: Actor) -> list[queries.ClockLine]:
    """The clocks that are missed by the most."""
    return queries.clock_lines(
        db.session, actor, state="missed", now=clock.now(), after=None, limit=LATE
    )


def _high_risk(actor: Actor) -> tuple[list[CaseRow], bool]:
    return list_cases(
        db.session,
        actor,
        sections=sections_of(actor),
        wanted=ListFilter(risk="HIGH"),
        limit=MINE,
        now=clock.now(),
    )


def _note(actor: Actor, shown: Sequence[uuid.UUID]) -> None:
    """The names on a home page were read: one event for all. (A row may be about no case.)"""
    cases = {case for case in shown if case != NIL}
    seen = {"cases": sorted(map(str, cases)), "count": len(cases)}
    record(db.session, actor, AuditAction.CASES_LISTED, at=clock.now(), data=seen)


# An upper package puts its own page in the place of a role's.
HOMES: dict[Role, Callable[[Actor], str]] = {
    Role.INTAKE: _desk,
    Role.AGENCY_OFFICER: _desk,
    Role.UNIT_LEAD: _desk,
    Role.CP_WORKER: _worker,
    Role.COMMUNE_CHAIR: _chair,
    Role.SUPERVISOR: _supervisor,
    Role.ANALYST: _analyst,
    Role.ADMINISTRATOR: _administrator,
}
