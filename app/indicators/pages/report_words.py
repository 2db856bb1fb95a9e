"""States and steps of reports, in words."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import LazyString

from app.indicators.models import PeriodicReport, PeriodicState, ReportVersion
from app.indicators.models.reports import OPEN
from app.indicators.protection.rules import disclosure_rules, rule_numbered
from app.indicators.queries.reports import Sent
from app.indicators.report_rules import (
    ReportLevel,
    ReportPeriod,
    UnknownSchedule,
    report_rules,
)
from app.web.filters import vn_datetime
from app.web.words import _, _l

STATES: Mapping[PeriodicState, tuple[LazyString, str]] = {
    PeriodicState.DRAFTED: (_l("Đang soạn"), "go"),
    PeriodicState.SUBMITTED: (_l("Đã gửi, chờ tiếp nhận"), "warn"),
    PeriodicState.RETURNED: (_l("Bị trả lại"), "danger"),
    PeriodicState.ACCEPTED: (_l("Đã tiếp nhận"), "ok"),
}

CORRECTING: Mapping[PeriodicState | None, LazyString] = {
    PeriodicState.SUBMITTED: _l("Đang sửa bản đã gửi"),
    PeriodicState.RETURNED: _l("Đang sửa bản bị trả lại"),
    PeriodicState.ACCEPTED: _l("Đang sửa bản đã tiếp nhận"),
}


def most_hidden(version: ReportVersion) -> int:
    """Up to which number its figures are hidden by themselves: by the rule that protected them."""
    tables = (version.tables or {}).get("tables", {}).values()
    made_with = max((one["rule_version"] for one in tables), default=0)
    rule = rule_numbered(made_with) if made_with else disclosure_rules().newest
    return rule.agency.hide_up_to


def state_words(report: PeriodicReport, before: PeriodicState | None) -> tuple[str, str]:
    """`before`: of the version that was sent last, where a further one is drafted."""
    if report.state is PeriodicState.DRAFTED and not report.number:
        return _("Chưa soạn"), ""
    if report.state is PeriodicState.DRAFTED and before in CORRECTING:
        return str(CORRECTING[before]), "go"
    words, tone = STATES[report.state]
    return str(words), tone


def period_words(schedule: str, period: str) -> str:
    """9 tháng đầu năm 2026."""
    label = str(ReportPeriod.parse(period).label)
    try:
        rule = report_rules().schedule(schedule)
    except UnknownSchedule:
        return label
    return _("Tổng kết giai đoạn") if rule.years else label


def is_commune(report: PeriodicReport) -> bool:
    return report.level is ReportLevel.COMMUNE


def answerer(report: PeriodicReport) -> str:
    """Who answers: of the province's report those who have no account here."""
    return " / ".join(report.rule.to)


def due_note(report: PeriodicReport, now: datetime) -> tuple[str, str]:
    """(words, tone): whether it is or was in time."""
    due = vn_datetime(report.due_at)
    if report.state in OPEN and report.first_sent_at is None:
        if report.due_at < now:
            return _("Quá hạn, phải gửi trước %(due)s", due=due), "danger"
        return _("Hạn gửi %(due)s", due=due), ""
    if report.first_sent_at is None:
        return _("Hạn gửi %(due)s", due=due), ""
    sent = vn_datetime(report.first_sent_at)
    if report.is_late(now):
        return _("Gửi muộn, %(sent)s", sent=sent), "warn"
    return _("Gửi đúng hạn, %(sent)s", sent=sent), ""


def sent_note(report: PeriodicReport, last: Sent | None, now: datetime) -> tuple[str, str]:
    """In time or late by what was sent first; `last`, its correction, has its own day."""
    words, tone = due_note(report, now)
    if last is None:
        return words, tone
    sent = _("bản %(n)s gửi %(when)s", n=last.number, when=vn_datetime(last.at))
    return f"{words}; {sent}", tone


def title_of(report: PeriodicReport) -> str:
    """Báo cáo 6 tháng của xã, phường: 6 tháng đầu năm 2026."""
    return f"{report.rule.title}: {report.of.label}"
