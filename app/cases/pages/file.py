"""The case page in words: every text of templates/cases/show.html, made once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed
from app.cases.enums import Category, EventKind, OverrideState
from app.cases.groups import opens_all
from app.cases.labels import SECTIONS, STATES, field_label, label_of, lowering_words
from app.cases.models import Case
from app.cases.pages import clocks as clock_words
from app.cases.pages.clocks import Chip, ClockRow
from app.cases.pages.entries import LogDay, log_days
from app.cases.pages.entry_words.counts import counts_words
from app.cases.pages.links import link, log_url
from app.cases.pages.log import Tab, agency_tabs, kind_tabs, older_url
from app.cases.pages.next_step import Action, NextStep, next_step
from app.cases.pages.parts import Part, parts_of
from app.cases.pages.picture import Picture, none_needed, picture
from app.cases.queries.events import Entry, LogFilter
from app.cases.queries.file import CarerView, CaseFile, ReportView
from app.cases.services.owner import can_reassign
from app.people.models import Sex
from app.reference.communes import UnknownCommune, commune
from app.web.filters import phone, vn_datetime
from app.web.words import _, _l

P, S = Permission, Section


@dataclass(frozen=True, slots=True)
class Risk:
    tone: str
    icon: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Relative:
    """One line of the family card."""

    who: str
    detail: str
    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class Need:
    """One line of part 2 of Mẫu số 02; `url` records what was done about it."""

    what: str
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class Links:
    """Other pages of the case; "" where the reader has no such page."""

    timeline: str
    child: str
    owner: str
    audit: str
    correct: str
    informant: str
    reminders: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """What the template lays out. An empty text or tuple means: leave it out."""

    number: str
    category: str
    title: str
    facts: str
    state: str
    risk: Risk
    chip: Chip | None
    do_not_contact: bool
    erased: str
    is_in_danger: bool
    locked: tuple[str, ...]
    openable: tuple[Action, ...]
    verdict: tuple[str, str, bool]
    picture: Picture
    next: NextStep
    waits: str  # what somebody else has to sign meanwhile
    decisions: tuple[Action, ...]
    days: Sequence[LogDay]
    tabs: tuple[Tab, ...]
    agencies: tuple[Tab, ...]
    older: str
    newer: str
    family: tuple[Relative, ...]
    report: tuple[tuple[str, str], ...]
    needs: tuple[Need, ...]
    clocks: tuple[ClockRow, ...]
    prints: tuple[Action, ...]
    links: Links
    parts: tuple[Part, ...]


def case_page(file: CaseFile, *, actor: Actor, now: datetime, wanted: LogFilter) -> CasePage:
    """The page of a file for its reader."""
    case, base = file.case, link("cases.show", case_id=file.case.id)
    received_at = file.head.received_at
    running = None if case.is_ended else clock_words.next_clock(file.clocks)
    return CasePage(
        number=case.number,
        category=label_of("report_categories", case.category.value),
        title=file_title(file),
        facts=" · ".join(_facts(file)),
        state=str(STATES[case.state]),
        risk=_risk(file),
        chip=clock_words.chip(running, now) if running else None,
        do_not_contact=case.do_not_contact,
        erased=_erased(file.picture),
        is_in_danger=_is_in_danger(file),
        locked=tuple(_locked(file, actor)),
        openable=tuple(_openable(file, actor)),
        verdict=clock_words.verdict(file.clocks, now, none_needed=none_needed(file.picture)),
        picture=picture(
            file.picture, file.clocks, received_at=received_at, now=now, is_ended=case.is_ended
        ),
        next=next_step(case, file.clocks, actor=actor, now=now),
        waits=_waits(file),
        decisions=tuple(_decisions(file, actor)),
        days=log_days(file.log, received_at=received_at, now=now),
        tabs=tuple(kind_tabs(base, wanted)),
        agencies=tuple(agency_tabs(base, wanted, {entry.lane for entry in file.picture})),
        older=older_url(base, wanted, file.log) if file.has_more else "",
        newer="" if wanted.is_plain else log_url(base, wanted),
        family=tuple(_relative(carer) for carer in file.carers),
        report=tuple(report_rows(file)),
        needs=tuple(_needs(file, actor)),
        clocks=tuple(_clock_rows(file, actor, now)),
        prints=tuple(action for action in _prints(file, actor) if action.url),
        links=_links(file, actor),
        parts=parts_of(case, actor),
    )


def _erased(entries: Iterable[Entry]) -> str:
    """When the data of the child were erased."""
    found = (one.happened_at for one in entries if one.kind is EventKind.CHILD_ERASED)
    at = next(found, None)
    return vn_datetime(at) if at else ""


def file_title(file: CaseFile) -> str:
    """The child's name where the reader may know it."""
    if S.IDENTITY not in file.sections:
        return _("Trẻ em của hồ sơ này")
    return file.child_name or _("Trẻ em chưa rõ tên")


def _facts(file: CaseFile) -> Iterable[str]:
    head, case = file.head, file.case
    sex = {Sex.FEMALE: _("Nữ"), Sex.MALE: _("Nam")}.get(head.sex, _("Chưa rõ giới tính"))
    age = case.age_at_report
    yield sex if age is None else _("%(sex)s, %(age)s tuổi khi tiếp nhận", sex=sex, age=age)
    if case.commune_code:
        yield commune_name(case.commune_code)
    if head.owner_name:
        yield _("Người phụ trách: %(name)s", name=head.owner_name)
    else:
        yield _("Chưa có người phụ trách")


def commune_name(code: str) -> str:
    try:
        return commune(code).label
    except UnknownCommune:
        return code


_RISKS = {"HIGH": ("danger", "alert-triangle"), "MEDIUM": ("warn", "alert-circle")}


def _risk(file: CaseFile) -> Risk:
    """The level that counts, with the counts of the newest assessment as its reason."""
    level = file.case.risk_level
    if level is None:
        return Risk("", "help-circle", _("Chưa đánh giá nguy cơ"), "")
    tone, icon = _RISKS.get(level.value, ("ok", "shield-check"))
    opened = S.ASSESSMENT in file.sections and file.head.a_counts
    reason = _reason(file.head) if opened else ""
    return Risk(tone, icon, label_of("risk_levels", level.value), reason)


def _is_in_danger(file: CaseFile) -> bool:
    if S.EVENT not in file.sections or file.case.is_ended:
        return False
    return clock_words.is_in_danger(file.head.is_present_danger, file.clocks)


_COMPARTMENTS = {S.INFORMANT: P.INFORMANT_READ, S.SHELTER: P.SHELTER_READ}


def _locked(file: CaseFile, actor: Actor) -> Iterable[str]:
    """What stays closed to this reader whatever the reason."""
    apart = {section for section in _COMPARTMENTS if _may_open(file, actor, section)}
    for section in Section:
        if section not in file.sections and section not in apart:
            yield str(SECTIONS[section])


def _openable(file: CaseFile, actor: Actor) -> Iterable[Action]:
    """The compartments that open for whoever writes down why; no role has them open."""
    pages = {S.INFORMANT: link("intake.informant", case_id=file.case.id)}
    for section, url in pages.items():
        if section not in file.sections and _may_open(file, actor, section):
            yield Action(str(SECTIONS[section]), url)


def _may_open(file: CaseFile, actor: Actor, section: Section) -> bool:
    return is_allowed(actor, _COMPARTMENTS[section], file.case)


def _reason(head: Row[*tuple[Any, ...]]) -> str:
    """Why this level counts, from the columns of the newest assessment."""
    if head.a_override_state is OverrideState.PENDING:
        change = lowering_words(head.a_final_level.value, head.a_wanted_level.value)
        return _("Chờ chữ ký thứ hai (%(change)s): đến khi đó giữ mức này.", change=change)
    is_other = head.a_computed_level is not head.a_final_level
    if is_other and head.a_override_state is OverrideState.REFUSED:
        return _("Lần đánh giá mới nhẹ hơn nhưng không được đồng ý hạ mức.")
    if is_other and head.a_override_state is OverrideState.APPROVED:
        level = label_of("risk_levels", head.a_computed_level.value).lower()
        return _("Tính được %(level)s; đã hạ mức, có chữ ký thứ hai.", level=level)
    return counts_words(head.a_counts)


def _waits(file: CaseFile) -> str:
    if S.ASSESSMENT not in file.sections or file.case.is_ended:
        return ""
    if file.head.a_override_state is not OverrideState.PENDING:
        return ""
    return _("Đề nghị hạ mức nguy cơ đang chờ chữ ký thứ hai của Chủ tịch hoặc Sở Y tế.")


def _decisions(file: CaseFile, actor: Actor) -> Iterable[Action]:
    """What waits for this reader's signature."""
    case = file.case
    if (
        S.ASSESSMENT in file.sections
        and file.head.a_override_state is OverrideState.PENDING
        and file.head.a_by_id != actor.id
        and is_allowed(actor, P.OVERRIDE_DECIDE, case)
    ):
        url = link("assessment.decide_override", case_id=case.id, assessment_id=file.head.a_id)
        yield Action(_("Ký chữ ký thứ hai: hạ mức nguy cơ"), url)
    for view in file.clocks:
        if (
            view.pending_id
            and view.pending_by != actor.id
            and is_allowed(actor, P.EXTENSION_DECIDE, case)
        ):
            url = link("extensions.decide", case_id=case.id, extension_id=view.pending_id)
            yield Action(_("Trả lời đề nghị gia hạn: %(step)s", step=str(view.label)), url)


def _relative(carer: CarerView) -> Relative:
    role = label_of("carer_relations", carer.relation)
    who = f"{role}: {carer.name}" if carer.name else role
    detail = [carer.occupation or "", str(carer.birth_year or "")]
    if carer.phone and not carer.is_suspected:
        detail.append(phone(carer.phone))
    if carer.is_suspected:
        word, tone = _("không liên hệ"), "s-bad"
    else:
        word, tone = (_("người chăm sóc") if carer.is_caregiver else ""), ""
    return Relative(who, " · ".join(part for part in detail if part), word, tone)


def report_rows(file: CaseFile | ReportView) -> Iterable[tuple[str, str]]:
    """The report in short, in the words of the official form."""
    head = file.head
    yield _("Nhận tin lúc"), vn_datetime(head.received_at)
    yield _("Nơi nhận"), head.taken_by
    if S.EVENT not in file.sections:
        return
    yield _("Nguồn tin"), label_of("channels", head.channel)
    if head.abuse_forms:
        forms = ", ".join(label_of("abuse_forms", code) for code in head.abuse_forms)
        yield _("Hình thức xâm hại"), forms
    for name, codes in (
        ("perpetrator_relation", "perpetrator_relations"),
        ("abuse_setting", "abuse_settings"),
    ):
        if code := getattr(head, name):
            yield field_label(name), label_of(codes, code)
    if groups := list(_groups(file)):
        yield field_label("sc_groups"), "; ".join(groups)
    place = [file.texts.get("event_place") or "", commune_name(head.event_commune or "")]
    yield _("Nơi xảy ra"), ", ".join(part for part in place if part)
    if head.event_at:
        yield _("Xảy ra lúc"), vn_datetime(head.event_at)
    if head.is_present_danger:
        yield _("Nguy hiểm trước mắt"), _("Có")
    for name, text in file.texts.items():
        if name != "event_place":
            yield str(TEXT_WORDS[name]), text
    if head.account_section not in file.sections:
        yield str(SECTIONS[head.account_section]), _("bạn không được xem phần này")


def _needs(file: CaseFile, actor: Actor) -> Iterable[Need]:
    """What the newest assessment found the child to need, until a plan takes it over."""
    may_record = is_allowed(actor, P.MEASURE_RECORD, file.case) and not file.case.is_ended
    url = link("measures.new", case_id=file.case.id)
    for position, need in enumerate(file.needs, start=1):
        yield Need(
            what=label_of("needs", need.need),
            detail=" · ".join(part for part in (need.service, need.provider) if part),
            url=f"{url}?need={position}" if may_record and url else "",
        )


def _groups(file: CaseFile | ReportView) -> Iterable[str]:
    """The groups that were read. What may be missing is said by open facts only: a hint that
    stood there just for a confidential group would give it away."""
    groups = file.head.sc_groups
    yield from (label_of("sc_groups", code) for code in groups)
    may_lack = groups or file.case.category is Category.SPECIAL_CIRCUMSTANCES
    if may_lack and not opens_all(file.sections):
        yield _("có thể còn nhóm bạn không được xem")


TEXT_WORDS = {
    "child_condition": _l("Tình trạng của trẻ em"),
    "likely_consequence": _l("Nếu không hỗ trợ"),
    "prior_actions": _l("Đã hỗ trợ trước đó"),
    "family_context": _l("Hoàn cảnh gia đình"),
    "current_caregiver": _l("Ai đang chăm sóc"),
    "child_location": _l("Trẻ em đang ở đâu"),
}


def _clock_rows(file: CaseFile, actor: Actor, now: datetime) -> Iterable[ClockRow]:
    may_ask = is_allowed(actor, P.EXTENSION_ASK, file.case)
    for view in file.clocks:
        url = ""
        if may_ask and view.can_be_extended(now):
            url = link("extensions.ask", case_id=file.case.id, deadline_id=view.id)
        yield clock_words.row(view, now, extend_url=url)


def _prints(file: CaseFile, actor: Actor) -> Iterable[Action]:
    case = file.case
    if is_allowed(actor, P.DOSSIER_MAKE, case):
        yield Action(_("Hồ sơ đầy đủ (PDF)"), link("exports.new", list="dossier", case=case.id))
    if not is_allowed(actor, P.DOCUMENT_PRINT, case):
        return
    if S.EVENT in file.sections:
        yield Action(_("Mẫu số 01 (PDF)"), link("documents.form01", case_id=case.id))
    if S.ASSESSMENT in file.sections and file.head.a_id:
        yield Action(_("Mẫu số 02 (PDF)"), link("documents.form02", case_id=case.id))


def _owner_page(case: Case, actor: Actor) -> str:
    """Where the owner is changed; "" where this reader could not: only the Chair takes a case from
    somebody."""
    may = can_reassign(actor) or case.owner_id is None
    return link("owner.change", case_id=case.id) if may and not case.is_ended else ""


def _links(file: CaseFile, actor: Actor) -> Links:
    case = file.case

    def if_allowed(permission: Permission, url: str) -> str:
        return url if is_allowed(actor, permission, case) else ""

    return Links(
        timeline=link("cases.timeline", case_id=case.id),
        child=if_allowed(P.CHILD_READ, link("people.child", child_id=case.child_id)),
        owner=if_allowed(P.CASE_ASSIGN, _owner_page(case, actor)),
        audit=if_allowed(P.AUDIT_READ, link("audit.case", case_id=case.id)),
        correct=if_allowed(P.CASE_VERIFY, link("intake.correct", case_id=case.id)),
        informant=if_allowed(P.INFORMANT_READ, link("intake.informant", case_id=case.id)),
        reminders=if_allowed(P.REMINDER_OWN, link("case_reminders.index", case_id=case.id)),
    )
