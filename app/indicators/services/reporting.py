"""Reports from draft to acceptance: drafted, sent, returned or accepted, corrected as a version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.cases.queries.changes import who_when
from app.core import clock
from app.core.errors import DomainError, InvalidInput, StaleEdit
from app.core.sealed import DataKey
from app.core.tasks import Task, ask
from app.indicators.models import PeriodicReport, PeriodicState, ReportVersion
from app.indicators.models.reports import NothingToSend
from app.indicators.queries.reports import counting_task, newest_version
from app.indicators.report_rules import ReportLevel
from app.indicators.services.publication import (
    is_of_other_rule,
    lock_publication,
    newer_releases,
    newer_reports,
    touches,
)
from app.indicators.services.report_words import check_words

COUNTING = "report_figures"
WORDS = ("results", "difficulties", "proposals")
MOST_STAFF = 100_000


class ReportChanged(DomainError):
    message = _l("Báo cáo vừa được sửa sau khi bạn mở trang. Hãy đọc lại rồi gửi.")


class ReportResent(DomainError):
    message = _l("Đơn vị đã gửi bản mới sau khi bạn mở trang. Hãy đọc bản mới rồi trả lời.")


class PeriodRuns(DomainError):
    message = _l("Kỳ báo cáo chưa kết thúc nên chưa gửi được.")


class NotCounted(DomainError):
    message = _l(
        "Số liệu chưa được tính, hoặc được tính trước khi kỳ kết thúc. Hãy tính lại, xem, rồi gửi."
    )


class FiguresOutdated(DomainError):
    message = _l(
        "Từ khi tính số liệu đã có bản công bố hoặc báo cáo khác của cùng năm hay kỳ liền kề, nên"
        " số nhỏ phải được bảo vệ lại. Hãy tính lại, xem, rồi gửi."
    )


class OtherThresholds(DomainError):
    message = _l(
        "Từ khi tính số liệu, ngưỡng che số nhỏ đã đổi, nên số nhỏ phải được bảo vệ lại."
        " Hãy tính lại, xem, rồi gửi."
    )


class IncompleteReport(DomainError):
    message = _l(
        "Báo cáo còn thiếu phần kết quả hoặc số người làm công tác bảo vệ trẻ em (Biểu 6)."
    )


@dataclass(frozen=True, slots=True)
class DraftData:
    """`staff`: what the unit enters for table 6, by code; None where left empty."""

    results: str | None
    difficulties: str | None
    proposals: str | None
    staff: Mapping[str, int | None]


def save_draft(
    session: Session,
    *,
    actor: Actor,
    report: PeriodicReport,
    data: DraftData,
    expected: int,
    now: datetime,
) -> ReportVersion:
    """Keep what was typed; after a return as a further version. Its figures are asked for.

    Raises InvalidInput, ReportNotDrafted; StaleEdit with what another person saved meanwhile.
    """
    _check(report, data)
    lock(session, report)
    found = newest_version(session, report)
    if report.version != expected:
        raise StaleEdit(_theirs(session, report, found, data), report.version)
    report.require_drafted()
    draft = _draft(session, report, found, actor, now)
    for name in WORDS:
        setattr(draft, name, getattr(data, name))
    draft.staff = {code: number for code, number in data.staff.items() if number is not None}
    draft.typed_at, draft.by_id = now, actor.id
    session.flush()
    tell(session, actor, report, "saved", now)
    if draft.tables is None:
        ask_figures(session, actor=actor, report=report, now=now)
    return draft


def _check(report: PeriodicReport, data: DraftData) -> None:
    for name in WORDS:
        check_words(name, getattr(data, name))
    for field in report.rules.staff:
        number = data.staff.get(field.code)
        if number is None:
            continue
        if not 0 <= number <= MOST_STAFF:
            raise InvalidInput(field.code, _l("Ghi một số từ 0 đến 100.000."))
        whole = data.staff.get(field.part_of) if field.part_of else None
        if whole is not None and number > whole:
            raise InvalidInput(field.code, _l("Số này không thể lớn hơn tổng ở dòng trên."))


def _draft(
    session: Session,
    report: PeriodicReport,
    found: ReportVersion | None,
    actor: Actor,
    now: datetime,
    **values: Any,
) -> ReportVersion:
    """The version that is being written: the newest, or a further one on top of what was sent."""
    flag_modified(report, "number")  # whoever has the page open is told
    if found is not None and found.state is PeriodicState.DRAFTED:
        return found
    report.state, report.number = PeriodicState.DRAFTED, report.number + 1
    key = found.key if found is not None else DataKey.new()
    session.add(key)
    made = ReportVersion(
        key=key,
        report_id=report.id,
        number=report.number,
        staff=dict(found.staff) if found is not None else {},
        state=PeriodicState.DRAFTED,
        typed_at=now,
        by_id=actor.id,
        **values,
    )
    session.add(made)
    if found is not None:
        for name in WORDS:
            setattr(made, name, getattr(found, name))
    return made


def ask_figures(session: Session, *, actor: Actor, report: PeriodicReport, now: datetime) -> Task:
    """In the background: to prove what may be shown takes a solver. One at a time a report.

    Raises ReportNotDrafted.
    """
    lock(session, report)
    report.require_drafted()
    known = counting_task(session, report.id)
    if known is not None:
        return known
    found = newest_version(session, report)
    if found is None or found.state is not PeriodicState.DRAFTED:
        _draft(session, report, found, actor, now)
        session.flush()
    payload = {"report_id": str(report.id)}
    return ask(session, COUNTING, user_id=actor.id, payload=payload, now=now)


def send_report(
    session: Session, *, actor: Actor, report: PeriodicReport, expected: int, now: datetime
) -> None:
    """Freeze the version and hand it up. What is sent is what the page showed.

    Raises ReportChanged, ReportNotDrafted, NothingToSend, IncompleteReport, PeriodRuns, NotCounted,
    FiguresOutdated, OtherThresholds.
    """
    lock_publication(session)
    lock(session, report)
    report.require_drafted()
    if report.version != expected:
        raise ReportChanged
    draft = newest_version(session, report)
    if draft is None or draft.state is not PeriodicState.DRAFTED:
        raise NothingToSend
    _require_whole(report, draft, now)
    _require_protected(session, report, draft)
    report.send(now=now)
    draft.state, draft.sent_at, draft.sent_by = PeriodicState.SUBMITTED, now, actor.id
    session.flush()
    tell(session, actor, report, "submitted", now)


def _require_whole(report: PeriodicReport, draft: ReportVersion, now: datetime) -> None:
    is_commune = report.level is ReportLevel.COMMUNE
    if not draft.results or (is_commune and len(draft.staff) < len(report.rules.staff)):
        raise IncompleteReport
    ends = report.of.counted(report.rule.cutoff_days).end
    if clock.local(now).date() < ends:
        raise PeriodRuns
    if draft.counted_at is None or clock.local(draft.counted_at).date() < ends:
        raise NotCounted


def _require_protected(session: Session, report: PeriodicReport, draft: ReportVersion) -> None:
    """Beside all that can be read by now of a time that has to do with its own, and by the
    thresholds that hold."""
    written: Mapping[str, Any] = draft.tables or {}
    beside = written.get("beside", ())
    newer = chain(
        newer_releases(session, beside), newer_reports(session, beside, report.commune_code)
    )
    if any(touches(report.period, its) for its in newer):
        raise FiguresOutdated
    versions = [one["rule_version"] for one in written.get("tables", {}).values()]
    if is_of_other_rule(session, versions):
        raise OtherThresholds


def accept_report(
    session: Session,
    *,
    actor: Actor,
    report: PeriodicReport,
    expected: int,
    now: datetime,
    note: str | None = None,
) -> None:
    """`expected`: what was read is what is answered. `note`: of an answer from above, the number
    and the day of the letter. Raises InvalidInput, ReportNotSubmitted, ReportResent."""
    check_words("note", note)
    _answer(session, actor, report, expected, PeriodicState.ACCEPTED, note, now)
    tell(session, actor, report, "accepted", now)


def return_report(
    session: Session,
    *,
    actor: Actor,
    report: PeriodicReport,
    expected: int,
    reason: str,
    now: datetime,
) -> None:
    """Raises InvalidInput, ReportNotSubmitted, ReportResent."""
    check_words("reason", reason)
    _answer(session, actor, report, expected, PeriodicState.RETURNED, reason, now)
    tell(session, actor, report, "returned", now)


def _answer(
    session: Session,
    actor: Actor,
    report: PeriodicReport,
    expected: int,
    state: PeriodicState,
    words: str | None,
    now: datetime,
) -> None:
    lock(session, report)
    report.require_submitted()
    if report.version != expected:
        raise ReportResent
    report.answer(state)
    sent = newest_version(session, report)
    if sent is None:
        raise NothingToSend
    sent.state, sent.decided_at, sent.decided_by, sent.answer = state, now, actor.id, words
    session.flush()


def correct_report(
    session: Session, *, actor: Actor, report: PeriodicReport, reason: str, now: datetime
) -> None:
    """A further version of what was sent; until it is sent too, the earlier one stands.

    Raises InvalidInput, NothingToCorrect.
    """
    check_words("reason", reason)
    lock(session, report)
    report.begin_correction()
    sent = newest_version(session, report)
    _draft(session, report, sent, actor, now, correction=reason)
    session.flush()
    tell(session, actor, report, "correcting", now)
    ask_figures(session, actor=actor, report=report, now=now)


def lock(session: Session, report: PeriodicReport) -> None:
    """Wait for who works on this report right now, then read its row again; relations stay."""
    columns = [column.key for column in inspect(PeriodicReport).column_attrs]
    session.refresh(report, columns, with_for_update=True)


def _theirs(
    session: Session, report: PeriodicReport, found: ReportVersion | None, data: DraftData
) -> list[tuple[str, str, str]]:
    """What stands in the fields where something else was typed."""
    if found is None:
        return []
    name = session.scalar(select(User.name).where(User.id == found.by_id))
    who = who_when(name, found.typed_at)
    labels = {
        "results": _("Kết quả thực hiện"),
        "difficulties": _("Khó khăn, vướng mắc"),
        "proposals": _("Đề xuất, kiến nghị"),
    }
    texts = [(labels[name], getattr(found, name) or None, getattr(data, name)) for name in WORDS]
    numbers = [
        (str(one.label), found.staff.get(one.code), data.staff[one.code])
        for one in report.rules.staff
        if one.code in data.staff
    ]
    return [
        (label, "–" if theirs is None else str(theirs), who)
        for label, theirs, typed in [*texts, *numbers]
        if theirs != typed
    ]


def tell(session: Session, actor: Actor, report: PeriodicReport, step: str, now: datetime) -> None:
    record(
        session,
        actor,
        AuditAction.PERIODIC_CHANGED,
        at=now,
        subject_id=report.id,
        data={
            "step": step,
            "schedule": report.schedule,
            "period": report.period,
            "version": report.number,
        },
    )
