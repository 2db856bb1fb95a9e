"""The one page on which every agency is asked: its form with its choices, and a card for each."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.auth.actor import Actor
from app.auth.models import Unit, UnitKind
from app.auth.permissions import Section, sections_of
from app.cases.labels import SECTIONS, label_of
from app.cases.pages.head import read_head
from app.core import clock
from app.reference.library import code_list
from app.referrals.enums import Urgency
from app.referrals.forms.requests import (
    OTHER,
    OUTSIDE,
    DraftForm,
    RequestForm,
    request_values,
    service_pairs,
)
from app.referrals.models import Consent, Referral, ReferralRequest, ServiceOffer
from app.referrals.pages.consent_choice import consent_lines, consent_pairs, only_one
from app.referrals.pages.directory import is_old_news
from app.referrals.pages.hints import Known as Hints
from app.referrals.pages.hints import hints_of
from app.referrals.pages.terms import term_words
from app.referrals.queries.agreements import uncovered
from app.referrals.queries.directory import Candidate, candidates
from app.referrals.queries.past import history_of
from app.referrals.queries.requests import FileChoice, consents_of_case, files_for, units_of_kinds
from app.referrals.rules import OUTSIDE as OUTSIDE_PACKET
from app.referrals.rules import ReferralRules, rules
from app.referrals.services.checks import Known, Problem, problems_of
from app.referrals.services.requests import alerts_of, drafts_of, wanted_for
from app.web.fields import choices_of
from app.web.filters import duration, phone
from app.web.forms import form_errors
from app.web.words import _

MOST_ALTERNATIVES = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A receiver to choose: notes as (words, tone)."""

    value: str
    name: str
    notes: tuple[tuple[str, str], ...] = ()
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One agency's part: its fields, and in words what is chosen now."""

    number: int
    draft: Referral
    form: DraftForm
    service: str
    to: Place | None
    places: tuple[Place, ...]
    has_others: bool
    goes: str  # the chosen sections
    is_contact_blocked: bool
    warnings: tuple[str, ...]
    hints: tuple[str, ...]
    alternatives: tuple[str, ...]


@dataclass(slots=True)
class Desk:
    """What the page of one request is made of, read once."""

    asked: ReferralRequest
    rules: ReferralRules
    drafts: list[Referral]
    units: Mapping[str, list[Candidate]]
    others: Sequence[Unit]
    consents: Sequence[Consent]
    files: Sequence[FileChoice]
    now: datetime
    known_units: dict[uuid.UUID, Unit] = field(default_factory=dict)

    def kinds(self, draft: Referral) -> tuple[UnitKind, ...]:
        return self.rules.services[draft.service].kinds

    def packet_kind(self, unit_id: uuid.UUID | None) -> str:
        unit = self.known_units.get(unit_id) if unit_id else None
        return unit.kind if unit else OUTSIDE_PACKET

    def allowed(self, unit_id: uuid.UUID | None) -> Collection[str]:
        """What may go to this receiver: what its kind may get, less what the file forbids."""
        sections = {
            section.value for section in self.rules.packet(self.packet_kind(unit_id)).allowed
        }
        return sections - {Section.CONTACT.value} if self.asked.case.do_not_contact else sections

    def allowed_to(self, action: str) -> Callable[[uuid.UUID | None], Collection[str]]:
        """What is kept of the ticked sections. Sent as they are: what a receiver may not get is
        refused and said, never left out unseen."""
        everything = [section.value for section in Section]
        return (lambda _unit_id: everything) if action == "send" else self.allowed


def read_desk(session: Session, *, actor: Actor, asked: ReferralRequest, now: datetime) -> Desk:
    """Five statements; one where nothing is left to send."""
    now_rules, drafts = rules(), drafts_of(session, asked)
    if not drafts:
        return Desk(asked, now_rules, [], {}, (), (), (), now)
    services = {draft.service for draft in drafts}
    kinds = {kind for service in services for kind in now_rules.services[service].kinds}
    wanted = wanted_for(asked.case, now)
    ids = [draft.id for draft in drafts]
    sections = sections_of(actor)
    desk = Desk(
        asked=asked,
        rules=now_rules,
        drafts=drafts,
        units=candidates(session, services, wanted, now=now),
        others=units_of_kinds(session, asked.case, kinds),
        consents=consents_of_case(session, asked.case_id),
        files=files_for(session, asked.case_id, sections=sections, drafts=ids),
        now=now,
    )
    offering = (one.unit for several in desk.units.values() for one in several)
    chosen = (draft.to_unit for draft in drafts if draft.to_unit)
    desk.known_units = {unit.id: unit for unit in (*desk.others, *offering, *chosen)}
    return desk


def desk_form(desk: Desk, typed: "MultiDict[str, str] | None" = None) -> RequestForm:
    """The form as it was sent, as its author left it (`typed`), or as the drafts stand; every part
    with what it may choose from."""
    form = RequestForm(formdata=typed) if typed is not None else RequestForm()
    if not (form.is_submitted() or typed is not None):
        values = _values(desk)
        only = only_one(desk.consents, clock.local(desk.now).date())
        form = RequestForm(data=values | {"consent": values["consent"] or only})
    _align(form, desk)
    labels = code_list("safety_alerts").by_code
    fixed = alerts_of(desk.asked.case)
    form.alerts.offer((code, one.label) for code, one in labels.items() if code not in fixed)
    form.ground.offer(code_list("referral_grounds").choices())
    form.consent.offer(_consent_pairs(desk, desk.drafts))
    form.add_service.offer(service_pairs(desk.rules))
    for draft, part in zip(desk.drafts, form.parts, strict=True):
        _offer(desk, draft, part)
    return form


def _values(desk: Desk) -> dict[str, Any]:
    def picked(draft_id: uuid.UUID) -> list[str]:
        return [str(one.id) for one in desk.files if draft_id in one.picked]

    return request_values(desk.drafts, alerts_of(desk.asked.case), picked)


def _align(form: RequestForm, desk: Desk) -> None:
    """One part for each draft that still stands: another person may have dropped or added one."""
    typed = {one.form.known_id: one for one in form.drafts.entries}
    stored = {one["draft_id"]: one for one in _values(desk)["drafts"]}
    form.drafts.entries = []
    for draft in desk.drafts:
        entry = typed.get(draft.id)
        if entry is None:
            form.drafts.append_entry(stored[str(draft.id)])
        else:
            form.drafts.entries.append(entry)


def _offer(desk: Desk, draft: Referral, part: DraftForm) -> None:
    """All that any receiver of this service may get: which of it goes is checked when it is
    known to whom."""
    if part.unit.data is None and not desk.units[draft.service] and not part.is_submitted():
        part.unit.data = OUTSIDE
    part.unit.offer((place.value, place.name) for place in _places(desk, draft))
    part.other.offer((str(unit.id), unit.name) for unit in _others(desk, draft))
    part.urgency.offer((u.value, desk.rules.urgencies[u].label) for u in Urgency)
    part.sections.offer((section.value, SECTIONS[section]) for section in Section)
    part.files.offer((str(one.id), one.title) for one in desk.files)
    part.ground.choices = choices_of(
        [("", _("Như căn cứ chung")), *code_list("referral_grounds").choices()]
    )
    part.consent.offer(_consent_pairs(desk, [draft]))


def _consent_pairs(desk: Desk, drafts: Sequence[Referral]) -> list[tuple[str, str]]:
    return consent_pairs(desk.consents, drafts, clock.local(desk.now).date())


def _places(desk: Desk, draft: Referral) -> list[Place]:
    own = desk.asked.case.unit_id
    found = [_place(desk, one) for one in desk.units[draft.service] if one.unit.id != own]
    if draft.to_unit and str(draft.to_unit_id) not in {one.value for one in found}:
        note = (_("chưa có trong danh bạ"), "warn")
        found.append(Place(str(draft.to_unit_id), draft.to_unit.name, (note,)))
    if _others(desk, draft):
        found.append(Place(OTHER, _("Đơn vị khác trong hệ thống")))
    return [*found, Place(OUTSIDE, _("Cơ quan ngoài hệ thống"))]


def _others(desk: Desk, draft: Referral) -> list[Unit]:
    kinds, offering = desk.kinds(draft), {one.unit.id for one in desk.units[draft.service]}
    return [
        unit
        for unit in desk.others
        if unit.kind in kinds and unit.id not in offering and unit.id != draft.to_unit_id
    ]


def _place(desk: Desk, one: Candidate) -> Place:
    is_near = one.unit.commune_code is not None
    notes: list[tuple[str, str]] = [_hours(one)]
    if one.is_full:
        notes.append((_("hết chỗ"), "danger"))
    elif one.offer.places is not None:
        notes.append(_left(one.offer, desk.now))
    if not one.fits:
        notes.append((_("không nhận tuổi hoặc giới tính này"), "warn"))
    notes.append((_("cùng xã, phường") if is_near else _("cả tỉnh"), ""))
    number = one.offer.phone or one.unit.phone
    return Place(str(one.unit.id), one.unit.name, tuple(notes), phone(number) if number else "")


def _left(offer: ServiceOffer, now: datetime) -> tuple[str, str]:
    """As the directory marks it: an old number is no promise."""
    if not is_old_news(offer, now):
        return _("còn %(n)s chỗ", n=offer.places), "ok"
    if offer.places_at is None:
        return _("ghi còn %(n)s chỗ, hãy gọi hỏi trước", n=offer.places), "warn"
    span = duration(now - offer.places_at)
    return _("còn %(n)s chỗ, ghi %(span)s trước: hãy gọi hỏi", n=offer.places, span=span), "warn"


def _hours(one: Candidate) -> tuple[str, str]:
    if one.offer.is_emergency:
        return _("trực ngày đêm"), "ok"
    return (_("đang mở"), "ok") if one.is_open else (_("ngoài giờ"), "warn")


def share_warnings(session: Session, desk: Desk, drafts: Sequence[Referral]) -> list[Problem]:
    """The shares that no agreement of the agencies covers; one statement."""
    unit = desk.asked.case.unit
    inside = [draft for draft in drafts if draft.to_unit is not None]
    if unit is None or not inside:
        return []
    shares = [(unit.kind, one.to_unit.kind, one.sections) for one in inside if one.to_unit]
    found = uncovered(session, shares, clock.local(desk.now).date())
    text = _("Chưa có quy chế phối hợp còn hiệu lực cho việc chia sẻ này.")
    return [
        Problem(one.id, "agreement", text, is_warning=True)
        for one, is_bare in zip(inside, found, strict=True)
        if is_bare
    ]


def _warnings(desk: Desk) -> list[Problem]:
    """Of the drafts as they stand, by what the desk knows already."""
    offers = {(c.unit.id, code): c.offer for code, found in desk.units.items() for c in found}
    today = clock.local(desk.now).date()
    known = Known(desk.asked.case, desk.rules, offers, frozenset(), today)
    return [one for draft in desk.drafts for one in problems_of(draft, known) if one.is_warning]


def request_page(
    session: Session, *, actor: Actor, desk: Desk, form: RequestForm
) -> dict[str, Any]:
    """What the template shows."""
    warnings, bare = _warnings(desk), share_warnings(session, desk, desk.drafts)
    uncovered_ids = {one.referral_id for one in bare}
    history = history_of(session, desk.asked.case_id, sections_of(actor))
    known = Hints(desk.rules, *history, desk.now)
    cards = [
        _card(desk, number, draft, part, warnings, known)
        for number, (draft, part) in enumerate(zip(desk.drafts, form.parts, strict=True), start=1)
    ]
    case = desk.asked.case
    return {
        "head": read_head(session, actor=actor, case=case, now=desk.now),
        "case": case,
        "asked": desk.asked,
        "cards": cards,
        "errors": _errors(form),
        "uncovered": [card.number for card in cards if card.draft.id in uncovered_ids],
        "has_warnings": bool(warnings or bare or form.accepts_warnings.errors),
        "fixed_alerts": [label_of("safety_alerts", code) for code in alerts_of(case)],
        "terms": {u.value: term_words(desk.rules.urgencies[u].accept) for u in Urgency},
        "consents": consent_lines(desk.consents, clock.local(desk.now).date(), sections_of(actor)),
        "marks": form.marks_of(desk.asked.version, desk.now),
    }


def _errors(form: RequestForm) -> list[tuple[str, str]]:
    """(address on the page, words) for the summary: the same error of several parts once, with
    their numbers."""
    numbers = {part.draft_id.name.rpartition("-")[0]: n for n, part in enumerate(form.parts, 1)}
    found: dict[tuple[str, str], list[tuple[str, int | None]]] = {}
    for error in form_errors(form):
        number = numbers.get(error.anchor.rpartition("-")[0])
        found.setdefault((error.label, error.message), []).append((error.anchor, number))
    return [(places[0][0], _error(*said, places)) for said, places in found.items()]


def _error(label: str, message: str, places: Sequence[tuple[str, int | None]]) -> str:
    named = ", ".join(str(number) for _anchor, number in places if number is not None)
    text = f"{label}: {message}" if label else message
    return _("Phiếu %(numbers)s. %(said)s", numbers=named, said=text) if named else text


def _card(
    desk: Desk,
    number: int,
    draft: Referral,
    part: DraftForm,
    warnings: Iterable[Problem],
    known: Hints,
) -> Card:
    places = _places(desk, draft)
    chosen = part.unit.data
    unit_id = part.to_unit_id
    allowed = desk.allowed(unit_id)
    part.sections.offer((s.value, SECTIONS[s]) for s in Section if s.value in allowed)
    goes = [
        str(SECTIONS[s]) for s in Section if s.value in allowed and s.value in part.sections.data
    ]
    ready = [one.unit.name for one in desk.units[draft.service] if one.is_ready]
    to = next((one for one in places if one.value == chosen), None)
    return Card(
        number=number,
        draft=draft,
        form=part,
        service=label_of("referral_services", draft.service),
        to=_named(desk, part, to),
        places=tuple(places),
        has_others=len(part.other.choices) > 1,
        goes=", ".join(goes),
        is_contact_blocked=desk.asked.case.do_not_contact,
        warnings=tuple(
            dict.fromkeys(str(one.text) for one in warnings if one.referral_id == draft.id)
        ),
        hints=_hints(desk, draft, part, known),
        alternatives=tuple(name for name in ready if to is None or name != to.name)[
            :MOST_ALTERNATIVES
        ],
    )


def _hints(desk: Desk, draft: Referral, part: DraftForm, known: Hints) -> tuple[str, ...]:
    unit = desk.known_units.get(part.to_unit_id) if part.to_unit_id else None
    package = desk.rules.packages.get(desk.asked.package or "")
    return tuple(hints_of(known, draft.service, unit, package))


def _named(desk: Desk, part: DraftForm, to: Place | None) -> Place | None:
    """“Another unit” and “outside” by the name that was given."""
    if to is None or to.value not in (OTHER, OUTSIDE):
        return to
    if to.value == OUTSIDE:
        return Place(OUTSIDE, part.body.data or to.name)
    unit = desk.known_units.get(part.to_unit_id) if part.to_unit_id else None
    return Place(OTHER, unit.name if unit else to.name)
