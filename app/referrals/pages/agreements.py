"""The register of agreements in words: what is in force, what ends soon, which shares lack one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.auth.labels import kind_label
from app.auth.models import UnitKind
from app.auth.permissions import Section
from app.cases.labels import SECTIONS
from app.core import clock
from app.referrals.models import Agreement
from app.referrals.queries.agreements import RegisterRow, Share, register, uncovered
from app.referrals.rules import rules
from app.web.filters import vn_date
from app.web.words import _

SENDER = UnitKind.COMMUNE_PC  # the work on a case is a commune's: that is where referrals begin


@dataclass(frozen=True, slots=True)
class AgreementCard:
    row: Agreement
    by_name: str
    parties: tuple[str, ...]
    sections: str
    state: str
    tone: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """A kind of agency to which the usual packet goes without an agreement."""

    kind: str
    sections: str


def register_page(session: Session, *, now: datetime) -> dict[str, object]:
    """Two statements. What is in force first, and of it what ends first."""
    today = clock.local(now).date()
    cards = [agreement_card(one, today) for one in register(session)]
    running = [card for card in cards if not card.is_over]
    running.sort(key=lambda card: card.row.expires_on or date.max)
    return {
        "running": running,
        "over": [card for card in cards if card.is_over],
        "missing": _missing(session, today),
    }


def agreement_card(one: RegisterRow, today: date) -> AgreementCard:
    row = one.row
    state, tone = _state(row, today)
    return AgreementCard(
        row=row,
        by_name=one.by_name,
        parties=tuple(kind_label(UnitKind(kind)) for kind in row.parties),
        sections=section_words(row.sections),
        state=state,
        tone=tone,
        is_over=not row.lasts_on(today),
    )


def section_words(sections: Sequence[str]) -> str:
    """In the order of a file."""
    return ", ".join(str(SECTIONS[one]) for one in Section if one.value in sections)


def _state(row: Agreement, today: date) -> tuple[str, str]:
    if row.ended_at is not None:
        return _("Đã chấm dứt ngày %(day)s", day=vn_date(row.ended_at)), ""
    if row.expires_on is None:
        return _("Còn hiệu lực, không ghi ngày hết"), "ok"
    day = vn_date(row.expires_on)
    if row.expires_on < today:
        return _("Đã hết hiệu lực ngày %(day)s", day=day), "danger"
    left = (row.expires_on - today).days
    if left <= rules().freshness.agreement_days:
        return _("Sắp hết hiệu lực: %(day)s, còn %(n)s ngày", day=day, n=left), "warn"
    return _("Còn hiệu lực đến %(day)s", day=day), "ok"


def _missing(session: Session, today: date) -> list[Missing]:
    """The usual packet to each kind of agency that offers something."""
    kinds = [kind for kind in UnitKind if kind is not SENDER and rules().offered(kind)]
    shares: list[Share] = [
        (SENDER, kind, [section.value for section in rules().packet(kind).default])
        for kind in kinds
    ]
    return [
        Missing(kind_label(kind), section_words(sections))
        for (_sender, kind, sections), is_open in zip(
            shares, uncovered(session, shares, today), strict=True
        )
        if is_open
    ]
