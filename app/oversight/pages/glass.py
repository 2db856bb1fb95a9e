"""Emergency openings in words: the banner, the supervisor's list, what is decided."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import g, request
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from app.audit.labels import action_label
from app.auth.actor import ROLE_LABELS, Actor
from app.auth.login import maybe_actor
from app.auth.permissions import Permission, has_permission
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.pages.home import Waiting
from app.cases.pages.links import key_text, link
from app.cases.queries.pending import Asked
from app.core import clock
from app.core.db import db
from app.oversight.models import BreakGlass
from app.oversight.queries.glass import (
    GlassLine,
    review_due,
    running_glass,
)
from app.oversight.queries.readings import opened_between
from app.web.filters import remaining, vn_datetime, vn_time
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Banner:
    """Above every page of a file that is open for a while only."""

    left: str
    until: str
    iso: str
    end_url: str


@dataclass(frozen=True, slots=True)
class OwnLine:
    number: str
    category: str
    since: str
    state: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class ReviewLine:
    number: str
    category: str
    who: str
    since: str
    state: str
    tone: str
    url: str


def banner() -> Banner | None:
    """One statement a request, and none on pages of files that are the reader's own."""
    if "glass_banner" not in g:
        g.glass_banner = _banner()
    found: Banner | None = g.glass_banner
    return found


def _banner() -> Banner | None:
    actor, now = maybe_actor(), clock.now()
    if actor is None or not has_permission(actor, Permission.BREAK_GLASS):
        return None
    named = request.view_args or {}
    case_id, child_id = named.get("case_id"), named.get("child_id")
    if not (isinstance(case_id, uuid.UUID) or isinstance(child_id, uuid.UUID)):
        return None
    if case_id and _is_own(actor, case_id):
        return None
    glass = running_glass(db.session, actor, case_id=case_id, child_id=child_id, now=now)
    if glass is None:
        return None
    return Banner(
        left=remaining(glass.until, now),
        until=vn_time(glass.until),
        iso=glass.until.isoformat(timespec="seconds"),
        end_url=link("glass.end", glass_id=glass.id),
    )


def _is_own(actor: Actor, case_id: uuid.UUID) -> bool:
    """Of the file that this request has loaded."""
    case = db.session.identity_map.get(identity_key(Case, case_id))
    return isinstance(case, Case) and case.unit_id == actor.unit_id


def own_lines(glasses: Sequence[BreakGlass], now: datetime) -> list[OwnLine]:
    return [
        OwnLine(
            number=one.case.number,
            category=label_of("glass_categories", one.category),
            since=vn_datetime(one.since),
            state=remaining(one.until, now) if one.is_running(now) else _("đã kết thúc"),
            tone="warn" if one.is_running(now) else "",
            url=link("cases.show", case_id=one.case_id) if one.is_running(now) else "",
        )
        for one in glasses
    ]


def review_lines(lines: Sequence[GlassLine], now: datetime) -> list[ReviewLine]:
    return [
        ReviewLine(
            number=one.number,
            category=label_of("glass_categories", one.category),
            who=f"{one.by_name}, {one.unit}",
            since=vn_datetime(one.since),
            state=_state(one, now),
            tone=_tone(one, now),
            url=link("glass.review", glass_id=one.id),
        )
        for one in lines
    ]


def _state(one: GlassLine, now: datetime) -> str:
    if one.decision:
        return label_of("glass_decisions", one.decision)
    return _("chờ xem lại, %(left)s", left=remaining(one.due_at, now))


def _tone(one: GlassLine, now: datetime) -> str:
    if one.decision:
        return {"justified": "ok", "not_justified": "danger"}.get(one.decision, "warn")
    return "danger" if one.due_at < now else "warn"


def older_url(lines: Sequence[GlassLine], limit: int) -> str:
    if len(lines) <= limit:
        return ""
    last = lines[limit - 1]
    return f"{link('glass.index')}?before={key_text(last.since, last.id)}"


@dataclass(frozen=True, slots=True)
class ReviewPage:
    number: str
    rows: Sequence[tuple[str, str]]
    reason: str
    opened: Sequence[str]
    decided: str  # what was found, "" while it waits
    note: str
    url: str
    case_url: str


def review_page(session: Session, glass: BreakGlass, now: datetime) -> ReviewPage:
    """Four statements at most."""
    due, ended = review_due(session, glass.id), glass.ended_at or glass.until
    opened = opened_between(session, glass.case, glass.by_id, glass.since, min(ended, now))
    case, unit = glass.case, glass.case.unit
    left = remaining(due, now)
    return ReviewPage(
        number=case.number,
        rows=[
            (_("Người mở"), f"{glass.by.name}, {ROLE_LABELS[glass.role]}, {glass.unit.name}"),
            (_("Vì sao"), label_of("glass_categories", glass.category)),
            (_("Từ lúc"), vn_datetime(glass.since)),
            (
                _("Đến lúc"),
                _("%(when)s (kết thúc sớm)", when=vn_datetime(glass.ended_at))
                if glass.ended_at
                else vn_datetime(glass.until),
            ),
            (_("Đơn vị phụ trách hồ sơ"), unit.name if unit else ""),
            (_("Hạn xem lại"), f"{vn_datetime(due)}, {left}" if not glass.decision else ""),
        ],
        reason=glass.reason or "",
        opened=[f"{action_label(one.action)}: {one.times}" for one in opened],
        decided=label_of("glass_decisions", glass.decision) if glass.decision else "",
        note=glass.note or "",
        url=link("glass.review", glass_id=glass.id),
        case_url=link("cases.show", case_id=glass.case_id),
    )


def to_review(one: Asked, _actor: Actor) -> Waiting:
    """Among what a supervisor decides."""
    said = one.about
    return Waiting(
        what=_("Mở khẩn cấp: %(number)s", number=said["number"]),
        why=_(
            "%(who)s, %(unit)s: %(category)s; cần xem lại, %(left)s",
            who=said["name"],
            unit=said["unit"],
            category=label_of("glass_categories", said["category"]).lower(),
            left=remaining(one.at, clock.now()),
        ),
        when="",
        url=link("glass.review", glass_id=one.id) if one.id else "",
        may_decide=True,
    )
