"""Needs meetings of the synthetic province: held a day or two before the plan was submitted."""

from datetime import datetime, timedelta
from random import Random

from app.audit.actions import AuditAction
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import CaseConference, ConferenceAction, ConferencePerson
from app.demo.plot import Plot

_GUESTS = (
    ("health", "Phạm Thị Hằng", "Trạm trưởng Trạm Y tế", "Trẻ cần khám lại sau một tuần."),
    ("school", "Vũ Thị Mai", "Giáo viên chủ nhiệm", "Trẻ ít nói, kết quả học giảm."),
    ("police", "Trần Quốc Việt", "Công an xã", "Đã yêu cầu người liên quan không đến gần trẻ."),
    ("mass_organisation", "Đỗ Thị Lan", "Hội Phụ nữ xã", None),
)
_VOICES = (
    "Em muốn ở với bà và đi học lại.",
    "Em sợ về nhà vào buổi tối.",
    "Em muốn được gặp mẹ cuối tuần.",
    "Em muốn nói chuyện với cô giáo nhiều hơn.",
)
_DECISIONS = (
    "Trẻ ở với bà ngoại trong thời gian thực hiện kế hoạch; Trạm Y tế khám định kỳ; nhà trường "
    "bố trí bạn đi cùng.",
    "Tiếp tục tư vấn tâm lý; gia đình cam kết không để trẻ ở một mình; Công an xã theo dõi.",
    "Hỗ trợ học phí, sách vở; Hội Phụ nữ xã thăm gia đình hai tuần một lần.",
)
_ACTIONS = (
    ("Đưa trẻ đi khám sức khỏe", "Trạm Y tế"),
    ("Gặp gia đình, lập cam kết an toàn", "Công an xã"),
    ("Bố trí thầy cô, bạn bè hỗ trợ", "Nhà trường"),
)


def tell_conference(plot: Plot, moment: datetime) -> None:
    """One meeting with its people, views, decisions and actions, at `moment`."""
    rng = Random(f"{plot.number} conference")
    rows, ids, key = plot.teller.rows, plot.teller.ids, plot.child.key
    meeting_id, worker = ids.at(moment), plot.office.worker_id
    decisions = rng.choice(_DECISIONS)
    rows.add_sealed(
        CaseConference, key, meeting_id, case_id=plot.case_id, cycle=1, happened_at=moment,
        held_at=moment, place="Trụ sở Ủy ban nhân dân", child_view=rng.choice(_VOICES),
        situation="Cán bộ bảo vệ trẻ em trình bày kết quả đánh giá cụ thể.",
        family_view="Gia đình đồng ý phối hợp.", decisions=decisions,
        child_represented_by="Giáo viên chủ nhiệm" if rng.random() < 0.4 else None,
        dissent="Nhà trường đề nghị rà soát sớm hơn." if rng.random() < 0.2 else None,
        by_id=worker, typed_at=moment, version=1,
    )  # fmt: skip
    people = [
        ("chair", plot.office.chair_name, None, None),
        ("cp_worker", plot.office.worker_name, None, None),
        *rng.sample(_GUESTS, 2),
        ("neighbourhood", "Nguyễn Văn Tổ", "Trưởng thôn", None),
    ]
    for position, (role, name, agency, said) in enumerate(people):
        rows.add_sealed(
            ConferencePerson, key, ids.at(moment), conference_id=meeting_id, position=position,
            role=role, name=name, agency=agency, is_present=position < 2 or rng.random() < 0.9,
            input=said,
        )  # fmt: skip
    actions = rng.sample(_ACTIONS, 2)
    for position, (what, unit) in enumerate(actions):
        done_at = moment + timedelta(days=rng.randint(2, 9))
        is_done = rng.random() < 0.8 and plot.is_past(done_at)
        rows.add_sealed(
            ConferenceAction, key, ids.at(moment), conference_id=meeting_id, position=position,
            what=what, unit=unit, due_on=(moment + timedelta(days=10)).date(),
            done_at=done_at if is_done else None, done_by=worker if is_done else None,
        )  # fmt: skip
    facts = {"is_held": True, "is_corrected": False, "people": len(people), "actions": len(actions)}
    plot.event(
        EventKind.MEETING_HELD, Section.PLAN, moment, note=decisions, subject=meeting_id,
        facts=facts,
    )  # fmt: skip
    plot.audit(AuditAction.MEETING_RECORDED, moment, worker)
