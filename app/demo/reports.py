"""Reports of the last periods in several states; the second commune's was returned, the first
commune's newest has the one before to be compared with. Figures are those of the facts, as far as
these were derived."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from app.auth.actor import Actor
from app.auth.models import Role, User
from app.auth.people import actor_of_user
from app.core import clock
from app.core.tasks import Task
from app.demo.units import FEATURED
from app.indicators.models import PeriodicReport
from app.indicators.report_rules import ReportKind, ReportLevel
from app.indicators.services.report_counting import keep_figures
from app.indicators.services.report_figures import count_figures, protect_figures
from app.indicators.services.report_rows import make_reports
from app.indicators.services.reporting import (
    COUNTING,
    DraftData,
    accept_report,
    return_report,
    save_draft,
    send_report,
)

# a whole year would touch all that is reported after it, and be proved with it
SHORT = (ReportKind.HALF, ReportKind.NINE)
RETURNED, WAITING = 1, 2  # places in the list of communes
RESULTS = (
    "Ủy ban nhân dân đã chỉ đạo rà soát trẻ em có hoàn cảnh đặc biệt tại các thôn, tổ dân phố, cập"
    " nhật danh sách trên hệ thống và thăm các gia đình đang được hỗ trợ theo kế hoạch.\n"
    "Phối hợp với trạm y tế, nhà trường và công an truyền thông về phòng, chống xâm hại trẻ em,"
    " phòng, chống đuối nước trước kỳ nghỉ hè; giới thiệu Tổng đài 111 tại các cuộc họp thôn."
)
DIFFICULTIES = (
    "Người làm công tác bảo vệ trẻ em kiêm nhiệm nhiều việc sau khi sắp xếp đơn vị hành chính; một"
    " số cộng tác viên mới chưa được tập huấn."
)
PROPOSALS = (
    "Đề nghị Sở Y tế tổ chức tập huấn cho cộng tác viên mới và hướng dẫn kinh phí thăm hỏi, hỗ trợ"
    " khẩn cấp."
)
PROVINCE = (
    "Các xã, phường đã thực hiện chế độ báo cáo trên hệ thống; Sở Y tế đôn đốc các đơn vị chậm và"
    " kiểm tra việc thực hiện thời hạn đánh giá, lập kế hoạch hỗ trợ, can thiệp."
)
RETURN = (
    "Biểu 6: số thôn, tổ dân phố có cộng tác viên chưa khớp với báo cáo trước. Hãy rà soát lại."
)


def tell_reports(session: Session, until: datetime, communes: int) -> None:
    """As the people would have, in so many communes; nothing in a province without supervisors."""
    make_reports(session, until)
    supervisor = _somebody(session, Role.SUPERVISOR)
    if supervisor is None:
        return
    wanted = select(PeriodicReport).options(joinedload(PeriodicReport.unit))
    reports = session.scalars(
        wanted.order_by(PeriodicReport.ends_on, PeriodicReport.commune_code)
    ).all()
    missing = _missing_before(session, reports, until)
    if missing is not None:
        _of_commune(session, missing, 0, supervisor, until)
    for period in dict.fromkeys(one.period for one in reports):
        of_communes = [
            one for one in reports if one.period == period and one.level is ReportLevel.COMMUNE
        ]
        for place, report in enumerate(of_communes[:communes]):
            _of_commune(session, report, place, supervisor, until)
    for report in reports:
        if report.level is ReportLevel.PROVINCE and report.unit_id == supervisor.unit_id:
            _draft(session, report, supervisor, PROVINCE, {}, until)
    session.execute(delete(Task).where(Task.kind == COUNTING))  # they are counted already


def _of_commune(
    session: Session, report: PeriodicReport, place: int, supervisor: Actor, until: datetime
) -> None:
    chair = _somebody(session, Role.COMMUNE_CHAIR, report)
    worker = _somebody(session, Role.CP_WORKER, report) or chair
    if chair is None or worker is None:
        return
    rng = Random(f"{report.commune_code}-{report.period}-reports")
    ready = _counted_from(report)
    at = report.due_at - timedelta(days=rng.randint(0, 3), hours=rng.randint(1, 6))
    at = min(max(at, ready), until)
    _draft(session, report, worker, RESULTS, _staff(rng), at)
    if place == WAITING + 1 or at < ready:  # not sent yet
        return
    version = report.version
    send_report(session, actor=chair, report=report, expected=version, now=at)
    seen = report.version
    if place == RETURNED:
        return_report(
            session, actor=supervisor, report=report, expected=seen, reason=RETURN, now=until
        )
    elif place != WAITING:
        accept_report(session, actor=supervisor, report=report, expected=seen, now=until)


def _missing_before(
    session: Session, reports: Sequence[PeriodicReport], until: datetime
) -> PeriodicReport | None:
    """What the first commune's newest sent report is compared with, as of a commune that reported
    already in a year of which none is owed any more."""
    sent = [
        one
        for one in reports
        if one.commune_code == FEATURED[0] and one.of.kind in SHORT and _counted_from(one) <= until
    ]
    newest = max(sent, key=lambda one: one.ends_on, default=None)
    if newest is None:
        return None
    period = newest.of.compared_with
    if any(one.schedule == newest.schedule and one.period == str(period) for one in reports):
        return None
    due_at = newest.rule.due_at(period)
    found = PeriodicReport(
        schedule=newest.schedule, rules_version=newest.rules_version, level=newest.level,
        unit_id=newest.unit_id, commune_code=newest.commune_code, period=str(period),
        ends_on=period.end, opened_at=due_at - timedelta(days=newest.rules.opens_days),
        due_at=due_at,
    )  # fmt: skip
    session.add(found)
    session.flush()
    return found


def _counted_from(report: PeriodicReport) -> datetime:
    """The morning after the last day that is counted."""
    ends = report.of.counted(report.rule.cutoff_days).end
    return datetime.combine(ends, time(8), clock.LOCAL).astimezone(UTC)


def _draft(
    session: Session,
    report: PeriodicReport,
    actor: Actor,
    results: str,
    staff: dict[str, int],
    at: datetime,
) -> None:
    data = DraftData(results, DIFFICULTIES, PROPOSALS, staff)
    version = report.version
    save_draft(session, actor=actor, report=report, data=data, expected=version, now=at)
    figures = protect_figures(count_figures(session, report, at))
    keep_figures(session, actor=actor, report=report, figures=figures, now=at)


def _staff(rng: Random) -> dict[str, int]:
    villages, workers = rng.randint(8, 24), rng.randint(1, 2)
    covered = rng.randint(villages - 4, villages)
    return {
        "workers": workers,
        "full_time": rng.randint(0, 1),
        "collaborators": covered,
        "villages": villages,
        "villages_covered": covered,
        "trained": rng.randint(0, 40),
    }


def _somebody(session: Session, role: Role, report: PeriodicReport | None = None) -> Actor | None:
    wanted = select(User.id).where(User.role == role, User.is_active).order_by(User.id)
    if report is not None:
        wanted = wanted.where(User.unit_id == report.unit_id)
    user_id = session.scalars(wanted.limit(1)).first()
    return actor_of_user(session, user_id) if user_id else None
