"""One report: what it says and counts, how far it is, what its reader may do."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, is_allowed
from app.cases.queries.changes import who_when
from app.indicators.models import PeriodicReport, PeriodicState, ReportVersion
from app.indicators.models.reports import OPEN, SENT
from app.indicators.pages.report_compare import Compared, compare
from app.indicators.pages.report_tables import Grid, beside, grids, without_zeros
from app.indicators.pages.report_words import (
    STATES,
    answerer,
    is_commune,
    most_hidden,
    sent_note,
    state_words,
    title_of,
)
from app.indicators.queries.reports import Past, Sent, counting_task, sent_before, versions_of
from app.indicators.report_policy import is_own
from app.web.filters import vn_datetime
from app.web.words import _

P = Permission


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    what: str
    who: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class VersionLink:
    number: int
    state: tuple[str, str]
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class OnePage:
    """`may`: draft, send, decide, correct, print. `is_true`: the own unit's figures, of which some
    do not leave it. `most_hidden`: up to which number figures are hidden by themselves."""

    report: PeriodicReport
    title: str
    unit: str
    answerer: str
    is_commune: bool
    state: tuple[str, str]
    note: tuple[str, str]
    version: ReportVersion | None
    words: tuple[tuple[str, str], ...]
    tables: tuple[Grid, ...]
    compared: tuple[Compared, ...]
    compared_with: str
    counted: str
    is_counting: bool
    is_true: bool
    returned: str
    steps: tuple[Step, ...]
    versions: tuple[VersionLink, ...]
    may: frozenset[str]
    citation: str
    missing: tuple[str, ...]
    most_hidden: int

    @property
    def has_hidden(self) -> bool:
        return any(grid.has_hidden for grid in self.tables)


def one_page(
    session: Session, *, actor: Actor, report: PeriodicReport, number: int | None, now: datetime
) -> OnePage:
    """About eight statements."""
    past = seen_versions(session, actor, report)
    shown = next((one.row for one in past if one.row.number == number), None)
    shown = shown or (past[0].row if past else None)
    own = is_own(actor, report)
    before = sent_before(session, report) if shown is not None else None
    sent = tables_of(report, shown)
    task = counting_task(session, report.id) if own and report.state in OPEN else None
    may = _may(actor, report, shown, past)
    return OnePage(
        report=report,
        title=title_of(report),
        unit=report.unit.name,
        answerer=answerer(report),
        is_commune=is_commune(report),
        state=state_words(report, next((row.row.state for row in past if row.row.sent_at), None)),
        note=_sent_note(report, past, now),
        version=shown,
        words=_words(shown),
        tables=_own_tables(report, shown) if own else sent,
        compared=compare(sent, tables_of(report, before)) if before else (),
        compared_with=str(report.of.compared_with.label),
        counted=vn_datetime(shown.counted_at) if shown and shown.counted_at else "",
        is_counting=task is not None,
        is_true=own and is_commune(report) and bool(sent),
        returned=_returned(past) if own else "",
        steps=tuple(_steps(report, past)),
        versions=_links(report, past, shown),
        may=may,
        citation=report.rules.citation,
        missing=_missing(report, shown) if "send" in may else (),
        most_hidden=most_hidden(shown) if shown else 0,
    )


def _sent_note(report: PeriodicReport, past: Sequence[Past], now: datetime) -> tuple[str, str]:
    sent = [Sent(one.row.number, one.row.sent_at) for one in past if one.row.sent_at]
    is_corrected = sent and sent[0].at != report.first_sent_at
    return sent_note(report, sent[0] if is_corrected else None, now)


def seen_versions(session: Session, actor: Actor, report: PeriodicReport) -> Sequence[Past]:
    """All of the own unit; who receives a report reads what was sent."""
    past = versions_of(session, report)
    return past if is_own(actor, report) else [one for one in past if one.row.sent_at]


def tables_of(report: PeriodicReport, version: ReportVersion | None) -> tuple[Grid, ...]:
    """As they leave the unit."""
    return without_zeros(_sent_tables(report, version))


def _sent_tables(report: PeriodicReport, version: ReportVersion | None) -> tuple[Grid, ...]:
    if version is None or version.tables is None:
        return ()
    return grids(version.tables, report.rules, report.rule, version.staff)


def _own_tables(report: PeriodicReport, version: ReportVersion | None) -> tuple[Grid, ...]:
    """A commune reads its own figures as they are; it holds the files."""
    sent = _sent_tables(report, version)
    if not is_commune(report) or version is None or not version.counts:
        return without_zeros(sent)
    own = grids(json.loads(version.counts), report.rules, report.rule, version.staff)
    return without_zeros(beside(own, sent))


def _words(version: ReportVersion | None) -> tuple[tuple[str, str], ...]:
    if version is None:
        return ()
    return (
        (_("Kết quả thực hiện"), version.results or ""),
        (_("Khó khăn, vướng mắc"), version.difficulties or ""),
        (_("Đề xuất, kiến nghị"), version.proposals or ""),
    )


def _returned(past: Sequence[Past]) -> str:
    """Why, until the version made after it is sent."""
    for one in past:
        if one.row.state is PeriodicState.RETURNED:
            return one.row.answer or ""
        if one.row.sent_at is not None:
            return ""
    return ""


def _steps(report: PeriodicReport, past: Sequence[Past]) -> list[Step]:
    found: list[Step] = []
    for one in past:
        row = one.row
        if row.decided_at is not None:
            who = who_when(one.decided_by, row.decided_at)
            found.append(Step(_answered(report, row), who, row.answer or ""))
        if row.sent_at is not None:
            sent = _("Gửi bản %(n)s", n=row.number)
            found.append(Step(sent, who_when(one.sent_by, row.sent_at), row.correction or ""))
        else:
            drafted = _("Soạn bản %(n)s", n=row.number)
            found.append(Step(drafted, who_when(one.by, row.typed_at), row.correction or ""))
    return found


def _answered(report: PeriodicReport, row: ReportVersion) -> str:
    if is_commune(report):
        return str(STATES[row.state][0])
    who = answerer(report)
    if row.state is PeriodicState.ACCEPTED:
        return _("Ghi trả lời của %(who)s: đã tiếp nhận", who=who)
    return _("Ghi trả lời của %(who)s: yêu cầu sửa", who=who)


def _links(
    report: PeriodicReport, past: Sequence[Past], shown: ReportVersion | None
) -> tuple[VersionLink, ...]:
    if len(past) < 2:
        return ()
    return tuple(
        VersionLink(
            number=one.row.number,
            state=(str(STATES[one.row.state][0]), STATES[one.row.state][1]),
            url=url_for("periodic.show", periodic_id=report.id, number=one.row.number),
            is_on=one.row is shown,
        )
        for one in past
    )


def _may(
    actor: Actor, report: PeriodicReport, shown: ReportVersion | None, past: Sequence[Past]
) -> frozenset[str]:
    is_newest = not past or shown is past[0].row
    is_open = report.state in OPEN
    found = {
        "draft": is_open and is_newest and is_allowed(actor, P.PERIODIC_DRAFT, report),
        "send": is_open
        and is_newest
        and shown is not None
        and shown.state is PeriodicState.DRAFTED
        and is_allowed(actor, P.PERIODIC_SUBMIT, report),
        "decide": report.state is PeriodicState.SUBMITTED
        and is_newest
        and is_allowed(actor, P.PERIODIC_DECIDE, report),
        "correct": report.state in SENT and is_allowed(actor, P.PERIODIC_DRAFT, report),
        "print": shown is not None and shown.tables is not None,
    }
    return frozenset(name for name, is_so in found.items() if is_so)


def _missing(report: PeriodicReport, draft: ReportVersion | None) -> tuple[str, ...]:
    """What has to be there before it can be sent."""
    if draft is None:
        return ()
    found = []
    if not draft.results:
        found.append(_("Phần “Kết quả thực hiện” còn trống."))
    if is_commune(report) and len(draft.staff) < len(report.rules.staff):
        found.append(_("Biểu 6 còn thiếu số."))
    if draft.counted_at is None:
        found.append(_("Số liệu chưa được tính."))
    return tuple(found)
