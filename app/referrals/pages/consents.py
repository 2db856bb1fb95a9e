"""The consents of a case in words: who, how far, until when, and what rests on them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.cases.queries.files import files_of
from app.core import clock
from app.people.ages import age_at
from app.referrals.offer_words import service_label
from app.referrals.pages.agreements import section_words
from app.referrals.queries.consents import (
    ConsentView,
    Resting,
    consents_of_case,
    resting_on,
    titles_of,
)
from app.referrals.rules import rules
from app.referrals.services.checks import OWN_WORD
from app.referrals.services.consents import CHILD
from app.referrals.words import STATES
from app.web.filters import vn_date
from app.web.words import _

MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class RestingLine:
    number: str
    service: str
    unit: str
    state: str
    ends: bool  # a withdrawal takes it back, or closes what the receiver still reads


@dataclass(frozen=True, slots=True)
class ConsentCard:
    view: ConsentView
    giver: str
    services: str
    sections: str
    state: str
    tone: str
    is_valid: bool
    missing: str  # whose word the law asks for besides
    document: str | None
    resting: tuple[RestingLine, ...]

    @property
    def ending(self) -> tuple[RestingLine, ...]:
        return tuple(line for line in self.resting if line.ends)


def consents_page(session: Session, *, actor: Actor, case: Case, now: datetime) -> dict[str, Any]:
    """`case` comes with its child. Valid ones first."""
    cards = _cards(session, case, sections_of(actor), now)
    may_record = is_allowed(actor, Permission.CONSENT_RECORD, case)
    return {
        "head": read_head(session, actor=actor, case=case, now=now),
        "case": case,
        "valid": [card for card in cards if card.is_valid],
        "over": [card for card in cards if not card.is_valid],
        "may_record": may_record,
        "may_add": may_record and not case.is_ended,
        "own_age": rules().access.own_consent_age,
    }


def new_page(session: Session, *, actor: Actor, case: Case, now: datetime) -> dict[str, Any]:
    return {
        "head": read_head(session, actor=actor, case=case, now=now),
        "case": case,
        "age": age_today(case, now),
        "own_age": rules().access.own_consent_age,
    }


def withdraw_page(
    session: Session, *, actor: Actor, case: Case, consent_id: uuid.UUID, now: datetime
) -> dict[str, Any]:
    cards = _cards(session, case, sections_of(actor), now)
    [card] = [card for card in cards if card.view.id == consent_id]
    head = read_head(session, actor=actor, case=case, now=now)
    return {"head": head, "case": case, "card": card}


def file_choices(
    session: Session, case: Case, sections: frozenset[Section]
) -> list[tuple[str, str]]:
    """The newest documents of the case that the reader may open."""
    found = files_of(session, case.id, sections=sections, limit=MOST_FILES)[:MOST_FILES]
    return [
        (
            str(one.id),
            f"{one.title or label_of('file_kinds', one.kind)}, {vn_date(one.happened_at)}",
        )
        for one in found
    ]


def age_today(case: Case, now: datetime) -> int | None:
    age = age_at(case.child, clock.local(now).date())
    return age.years if age else case.age_at_report


def _cards(
    session: Session, case: Case, sections: frozenset[Section], now: datetime
) -> list[ConsentCard]:
    """Three statements at most."""
    views = consents_of_case(session, case.id, sections=sections)
    resting = resting_on(session, [view.id for view in views], now) if views else {}
    file_ids = [view.file_id for view in views if view.file_id]
    titles = titles_of(session, case.id, file_ids, sections) if file_ids else {}
    today, age = clock.local(now).date(), age_today(case, now)
    return [_card(view, resting.get(view.id, ()), titles, today, age) for view in views]


def _card(
    view: ConsentView,
    resting: Sequence[Resting],
    titles: Mapping[uuid.UUID, str],
    today: date,
    age: int | None,
) -> ConsentCard:
    state, tone = _state(view, today)
    services = ", ".join(service_label(code) for code in view.services)
    return ConsentCard(
        view=view,
        giver=label_of("consent_givers", view.giver),
        services=services or _("Mọi việc giúp em trong hồ sơ này"),
        sections=section_words(view.sections),
        state=state,
        tone=tone,
        is_valid=view.is_valid(today),
        missing=_missing(view, age),
        document=_document(view, titles),
        resting=tuple(_line(one) for one in resting),
    )


def _missing(view: ConsentView, age: int | None) -> str:
    """From the age of the law both the child and who represents it are to agree (art. 24)."""
    own_age = rules().access.own_consent_age
    if age is None or age < own_age:
        return ""
    if view.giver not in OWN_WORD:
        return _(
            "Em từ %(n)s tuổi: cần thêm lời đồng ý của chính em thì mới gửi được"
            " phiếu dựa vào đây.",
            n=own_age,
        )
    if view.giver == CHILD:
        return _("Điều 24 cần cả cha, mẹ hoặc người giám hộ; chưa hỏi được thì dùng căn cứ khác.")
    return ""


def _document(view: ConsentView, titles: Mapping[uuid.UUID, str]) -> str | None:
    if view.file_id is None:
        return None
    if view.file_id not in titles:
        return _("Có, trong phần bạn không được xem hoặc đã lấy ra khỏi hồ sơ")
    return titles[view.file_id]


def _state(view: ConsentView, today: date) -> tuple[str, str]:
    if view.withdrawn_at is not None:
        return _("Đã rút lại ngày %(day)s", day=vn_date(view.withdrawn_at)), ""
    if view.until is None:
        return _("Còn hiệu lực, đến khi rút lại"), "ok"
    if view.until < today:
        return _("Đã hết hạn ngày %(day)s", day=vn_date(view.until)), "warn"
    return _("Còn hiệu lực đến hết ngày %(day)s", day=vn_date(view.until)), "ok"


def _line(one: Resting) -> RestingLine:
    referral = one.referral
    unit = referral.to_unit
    return RestingLine(
        number=referral.number,
        service=service_label(referral.service),
        unit=unit.name if unit else _("Cơ quan ngoài hệ thống"),
        state=str(STATES[referral.state]),
        ends=referral.is_open or one.is_readable,
    )
