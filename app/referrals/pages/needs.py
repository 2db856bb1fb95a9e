"""What a child may need, to tick: proposed by the file, in packages, and everything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import sections_of
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.referrals.enums import Urgency
from app.referrals.forms.requests import Activities, NeedsForm, needs_form
from app.referrals.pages.hints import Known, done_words, late_words
from app.referrals.pages.terms import term_words
from app.referrals.queries.past import history_of
from app.referrals.queries.proposals import (
    Proposal,
    proposals,
    usual_urgency,
)
from app.referrals.rules import ReferralRules, rules
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Line:
    """A service to tick; `is_running`: something is on its way already."""

    code: str
    label: str
    is_ticked: bool
    is_running: bool
    urgency: Any  # the field beside it


@dataclass(frozen=True, slots=True)
class PackageLine:
    service: str
    urgency: str
    said: str  # what is known of it already


@dataclass(frozen=True, slots=True)
class PackageButton:
    code: str
    label: str
    note: str
    services: tuple[PackageLine, ...]
    missing: int  # for which nothing runs yet
    is_fitting: bool


@dataclass(frozen=True, slots=True)
class Board:
    """What the page of needs is made of, read once."""

    case: Case
    rules: ReferralRules
    proposed: Sequence[Proposal]
    known: Known

    @property
    def running(self) -> frozenset[str]:
        """The services for which something is drafted or on its way already."""
        return frozenset(one.service for one in self.known.past if one.is_running)

    @property
    def activities(self) -> Activities:
        """What a need carries over from the plan: the activity, and what it says where it can
        mean only this service."""
        return {
            one.service: (one.activity_id, one.words if one.is_sure else None)
            for one in self.proposed
            if one.activity_id
        }


def read_board(session: Session, *, actor: Actor, case: Case, now: datetime) -> Board:
    """Three statements."""
    now_rules, sections = rules(), sections_of(actor)
    found = proposals(session, case, sections=sections, rules=now_rules)
    history = history_of(session, case.id, sections)
    return Board(case, now_rules, found, Known(now_rules, *history, now))


def board_form(board: Board) -> NeedsForm:
    services = board.rules.offered()
    urgencies = {code: usual_urgency(board.case, one.domain) for code, one in services.items()}
    urgencies |= {one.service: one.urgency for one in board.proposed}
    ticked = [one.service for one in board.proposed if one.is_sure]
    return needs_form(board.rules, urgencies, [one for one in ticked if one not in board.running])


def needs_page(
    session: Session, *, actor: Actor, board: Board, form: NeedsForm, now: datetime
) -> dict[str, Any]:
    """What the template shows: proposed lines by what speaks for them, the others by domain."""
    lines = {code: _line(board, form, code) for code in board.rules.offered()}
    proposed: dict[str, list[Line]] = {}
    for one in board.proposed:
        proposed.setdefault(_why(one), []).append(lines[one.service])
    named = {one.service for one in board.proposed}
    others: dict[str, list[Line]] = {}
    for code, service in board.rules.offered().items():
        if code not in named:
            others.setdefault(label_of("needs", service.domain), []).append(lines[code])
    return {
        "head": read_head(session, actor=actor, case=board.case, now=now),
        "case": board.case,
        "proposed": proposed,
        "others": others,
        "packages": [_package(board, code) for code in board.rules.proposed(_abuse(board.case))],
        "terms": {u.value: term_words(board.rules.urgencies[u].accept) for u in Urgency},
    }


def _abuse(case: Case) -> tuple[str, ...]:
    return tuple(case.abuse_forms or ())


def _line(board: Board, form: NeedsForm, code: str) -> Line:
    return Line(
        code=code,
        label=label_of("referral_services", code),
        is_ticked=code in (form.services.data or ()),
        is_running=code in board.running,
        urgency=form[f"urgency_{code}"],
    )


def _why(one: Proposal) -> str:
    """The heading over what is proposed for one activity of the plan, or one need."""
    if one.severity is None:
        return _("Kế hoạch: %(what)s", what=one.words or "…")
    level = label_of("risk_levels", one.severity.value)
    return f"{level}: {one.words}" if one.words else level


def _said(board: Board, service: str) -> str:
    if service in board.running:
        return _("Đang có phiếu cho việc này.")
    known = board.known
    return " ".join(filter(None, (late_words(known, service), done_words(known.past, service))))


def _package(board: Board, code: str) -> PackageButton:
    package = board.rules.packages[code]
    return PackageButton(
        code=code,
        label=str(package.label),
        note=str(package.note or ""),
        services=tuple(
            PackageLine(
                label_of("referral_services", one.service),
                str(board.rules.urgencies[one.urgency].label),
                _said(board, one.service),
            )
            for one in package.services
        ),
        missing=sum(one.service not in board.running for one in package.services),
        is_fitting=bool({*package.abuse} & {*_abuse(board.case)}),
    )
