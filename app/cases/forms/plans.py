"""Mẫu số 04 as one form, its decision, and what became of an activity."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FormField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.cases.forms.editing import EditForm
from app.cases.models import Plan, PlanActivity, PlanGoal, PlanProblem
from app.cases.models.plans import ActivityState, PlanOutcome
from app.cases.plan_words import ACTIVITY_STATES
from app.cases.queries.plans import NeedView, demanded_domains
from app.cases.services.plan_activities import ActivityUpdate
from app.cases.services.plan_decisions import NUMBER, DecisionData
from app.cases.services.plans import ActivityData, LineData, PlanData
from app.reference.library import code_list
from app.web.cleaning import AtMost
from app.web.fields import ChoiceRadioField, ChoiceSelectField, GroupList, VnDateField
from app.web.forms import SubForm

LAST = 99  # priority of what has none
LINE = 500


class PlanMarks(EditForm):
    """An edit form of which `version` is the plan's, or the activity's. A draft that is opened
    again keeps the version it was begun with."""

    def marks_of(self, version: int, now: datetime) -> dict[str, object]:
        """What the page sends next."""
        if self.conflict is not None:
            return {"version": self.conflict.version, "seen_at": now.isoformat()}
        if self.version.data:
            return {"version": self.expected_version, "seen_at": self.seen_at.data or ""}
        return {"version": version, "seen_at": now.isoformat()}


class RowForm(SubForm):
    """A row that may be known already by its id."""

    row_id = HiddenField()

    @property
    def known_id(self) -> uuid.UUID | None:
        """None for a new row, and for an id that is none."""
        try:
            return uuid.UUID(self.row_id.data or "")
        except ValueError:
            return None


class LineForm(RowForm):
    """A problem or a goal of one domain of needs."""

    domain = ChoiceSelectField(_l("Lĩnh vực"))
    text = TextAreaField(_l("Nội dung"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.domain.offer(code_list("needs").choices())

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        if self.text.data and not self.domain.data:
            _add(self.domain, _("Chọn lĩnh vực."))
        return is_valid and not self.errors

    def line(self) -> LineData:
        return LineData(self.domain.data or "", self.text.data or None, self.known_id)


class ProblemForm(LineForm):
    priority = IntegerField(
        _l("Thứ tự ưu tiên"), [Optional(), NumberRange(1, LAST, _l("Ghi số từ 1 đến 99."))]
    )

    @property
    def is_filled(self) -> bool:
        return bool(self.domain.data)


class GoalForm(LineForm):
    @property
    def is_filled(self) -> bool:
        """A domain that still waits for its goal is no goal."""
        return bool(self.text.data)


class ActivityForm(RowForm):
    domain = ChoiceSelectField(_l("Lĩnh vực"))
    service_type = ChoiceSelectField(_l("Loại dịch vụ"))
    what = TextAreaField(_l("Làm gì"))
    unit = ChoiceSelectField(_l("Đơn vị chịu trách nhiệm"))
    responsible = StringField(_l("Người, đơn vị khác (ghi bằng chữ)"), [AtMost(LINE)])
    coordinating = StringField(_l("Đơn vị phối hợp"), [AtMost(LINE)])
    resources = StringField(_l("Nguồn lực, kinh phí"), [AtMost(LINE)])
    starts_on = VnDateField(_l("Bắt đầu"), [Optional()])
    ends_on = VnDateField(_l("Kết thúc"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.domain.offer(code_list("needs").choices())
        self.service_type.offer(code_list("intervention_types").choices())

    @property
    def is_filled(self) -> bool:
        return any(
            field.raw_data and field.raw_data[0].strip() if field.raw_data else field.data
            for name, field in self._fields.items()
            if name != "row_id"
        )

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        if self.is_filled:
            self._check()
        return is_valid and not self.errors

    def _check(self) -> None:
        """What a row that was begun must have; who is responsible may follow until submitting."""
        asked = (
            (self.domain, _("Chọn lĩnh vực.")),
            (self.service_type, _("Chọn loại dịch vụ.")),
            (self.what, _("Ghi làm gì.")),
            (self.starts_on, _("Ghi ngày bắt đầu.")),
            (self.ends_on, _("Ghi ngày kết thúc.")),
        )
        for field, message in asked:
            if not field.data and not field.errors:
                _add(field, message)
        starts, ends = self.starts_on.data, self.ends_on.data
        if starts and ends and ends < starts:
            _add(self.ends_on, _("Ngày kết thúc phải từ ngày bắt đầu trở đi."))

    def activity(self) -> ActivityData:
        """For a row that is filled in and valid."""
        return ActivityData(
            domain=self.domain.data or "",
            service_type=self.service_type.data or "",
            what=self.what.data or "",
            starts_on=self.starts_on.data,  # type: ignore[arg-type]  # asked for by _check
            ends_on=self.ends_on.data,  # type: ignore[arg-type]  # likewise
            id=self.known_id,
            responsible_unit_id=uuid.UUID(self.unit.data) if self.unit.data else None,
            responsible=self.responsible.data or None,
            coordinating=self.coordinating.data or None,
            resources=self.resources.data or None,
        )


class Activities(GroupList):
    """The rows of the table, each with the same units to choose from; the button is
    `add_activity`."""

    units: tuple[tuple[str, str], ...] = ()

    @property
    def singular(self) -> str:
        return "activity"

    def offer(self, units: Iterable[tuple[str, str]]) -> None:
        self.units = tuple(units)
        for entry in self.entries:
            entry.form.unit.offer(self.units)

    def _add_entry(self, *args: Any, **kwargs: Any) -> Any:
        """Also one that is added later, and the blank one of the page's <template>."""
        entry = super()._add_entry(*args, **kwargs)
        entry.form.unit.offer(self.units)
        return entry


class PlanForm(PlanMarks):
    problems = GroupList(FormField(ProblemForm), _l("Vấn đề"), max_entries=15)
    general_goal = TextAreaField(_l("Mục tiêu chung"))
    goals = GroupList(FormField(GoalForm), _l("Mục tiêu cụ thể"), max_entries=20)
    activities = Activities(FormField(ActivityForm), _l("Hoạt động"), max_entries=40)
    monitoring = TextAreaField(_l("Theo dõi, giám sát thực hiện"))
    review_on = VnDateField(_l("Ngày rà soát, đánh giá"), [Optional()])
    confirm_void = BooleanField(
        _l("Tôi hiểu: lưu thay đổi thì phê duyệt mất hiệu lực và phải trình lại")
    )

    @property
    def wants_to_send(self) -> bool:
        """Sent for good, and not only to add or to take out a row."""
        lists = (self.problems, self.goals, self.activities)
        return bool(self.is_submitted()) and not any(one.grown() for one in lists)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        if is_valid and self.state() == PlanData(confirms_void=self.confirm_void.data):
            _add(self.general_goal, _("Ghi ít nhất một vấn đề, mục tiêu hoặc hoạt động."))
        return is_valid and not self.errors

    def state(self) -> PlanData:
        """What was typed, for a form that is valid; empty rows are left out."""
        problems = [row.form for row in self.problems if row.form.is_filled]
        problems.sort(key=lambda row: row.priority.data or LAST)
        return PlanData(
            problems=tuple(row.line() for row in problems),
            general_goal=self.general_goal.data or None,
            goals=tuple(row.form.line() for row in self.goals if row.form.is_filled),
            activities=tuple(row.form.activity() for row in self.activities if row.form.is_filled),
            monitoring=self.monitoring.data or None,
            review_on=self.review_on.data,
            confirms_void=self.confirm_void.data,
        )


def plan_values(plan: Plan | None, needs: Sequence[NeedView]) -> dict[str, Any]:
    """What the form holds when it is opened: the plan, or what follows from the newest assessment;
    for each domain that demands a goal and has none, a row that waits for it."""
    if plan is None:
        problems = [
            {"domain": need.domain, "text": need.problem, "priority": number}
            for number, need in enumerate(needs, start=1)
        ]
        return {"problems": problems, "goals": _waiting(needs, set())}
    goals = [_line_values(row) for row in plan.goals]
    return {
        "problems": [{**_line_values(row), "priority": row.position} for row in plan.problems],
        "general_goal": plan.general_goal,
        "goals": [*goals, *_waiting(needs, {row.domain for row in plan.goals})],
        "activities": [_activity_values(row) for row in plan.activities],
        "monitoring": plan.monitoring,
        "review_on": plan.review_on,
    }


def _waiting(needs: Sequence[NeedView], covered: set[str]) -> list[dict[str, Any]]:
    return [{"domain": code} for code in demanded_domains(needs) if code not in covered]


def _line_values(row: PlanProblem | PlanGoal) -> dict[str, Any]:
    return {"row_id": str(row.id), "domain": row.domain, "text": row.text}


def _activity_values(row: PlanActivity) -> dict[str, Any]:
    unit = row.responsible_unit_id
    copied = ("domain", "service_type", "what", "responsible", "coordinating", "resources")
    return {
        "row_id": str(row.id),
        "unit": unit and str(unit),
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        **{name: getattr(row, name) for name in copied},
    }


class SubmitForm(PlanMarks):
    """One press: the plan as the page shows it goes to the Chair."""

    version = HiddenField(_l("Kế hoạch"), [InputRequired(_l("Hãy tải lại trang rồi gửi lại."))])


class PlanDecisionForm(PlanMarks):
    """The Chair's decision on the plan with this version and digest."""

    digest = HiddenField()
    decision = ChoiceRadioField(
        _l("Quyết định"),
        [InputRequired(_l("Chọn phê duyệt hoặc trả lại."))],
        choices=[
            (PlanOutcome.APPROVED.value, _l("Phê duyệt")),
            (PlanOutcome.RETURNED.value, _l("Trả lại để sửa")),
        ],
    )
    number = StringField(_l("Số quyết định (Mẫu số 05)"), [AtMost(40)])
    reason = TextAreaField(_l("Lý do trả lại, hoặc ý kiến"))

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        is_approved = self.decision.data == PlanOutcome.APPROVED
        if is_approved and not NUMBER.fullmatch(self.number.data or "") and not self.number.errors:
            _add(self.number, _("Ghi số quyết định như 12/QĐ-UBND."))
        if self.decision.data == PlanOutcome.RETURNED and not self.reason.data:
            _add(self.reason, _("Ghi lý do trả lại."))
        return is_valid and not self.errors

    def state(self) -> DecisionData:
        """For a form that is valid."""
        outcome = PlanOutcome(str(self.decision.data))
        is_approved = outcome is PlanOutcome.APPROVED
        return DecisionData(
            outcome=outcome,
            version=self.expected_version,
            digest=self.digest.data or "",
            number=self.number.data if is_approved else None,
            reason=self.reason.data or None,
        )


class ActivityStateForm(PlanMarks):
    """What became of one activity."""

    state = ChoiceRadioField(
        _l("Tình trạng"),
        [InputRequired(_l("Chọn tình trạng của hoạt động."))],
        choices=[(state.value, words) for state, words in ACTIVITY_STATES.items()],
    )
    done_on = VnDateField(_l("Ngày làm xong"), [Optional()])
    result = TextAreaField(_l("Kết quả, hoặc vì sao không làm"))

    def update(self) -> ActivityUpdate:
        """For a form that is valid."""
        return ActivityUpdate(
            state=ActivityState(str(self.state.data)),
            on=self.done_on.data,
            result=self.result.data or None,
        )


def state_values(row: PlanActivity) -> dict[str, Any]:
    """What the form of an activity holds when it is opened."""
    return {"state": row.state.value, "done_on": row.done_on, "result": row.result}


def _add(field: Any, message: str) -> None:
    field.errors = [*field.errors, message]
