"""The words of a plan: states, parts, fields, and what changed between two snapshots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import LazyString

from app.cases.labels import label_of
from app.cases.models.plans import ActivityState, PlanOutcome, PlanState
from app.cases.plan_snapshot import Change, ChangeKind, FieldChange
from app.web.words import _, _l

PLAN_STATES: Mapping[PlanState, LazyString] = {
    PlanState.DRAFT: _l("Đang lập"),
    PlanState.SUBMITTED: _l("Đã trình, chờ quyết định"),
    PlanState.RETURNED: _l("Bị trả lại"),
    PlanState.APPROVED: _l("Đã duyệt"),
    PlanState.ENDED: _l("Đã kết thúc"),
}
PLAN_TONES: Mapping[PlanState, str] = {
    PlanState.DRAFT: "",
    PlanState.SUBMITTED: "warn",
    PlanState.RETURNED: "danger",
    PlanState.APPROVED: "ok",
    PlanState.ENDED: "locked",
}
ACTIVITY_STATES: Mapping[ActivityState, LazyString] = {
    ActivityState.PLANNED: _l("Chưa làm"),
    ActivityState.DOING: _l("Đang làm"),
    ActivityState.DONE: _l("Đã xong"),
    ActivityState.NOT_DONE: _l("Không làm"),
}
OUTCOMES: Mapping[PlanOutcome, LazyString] = {
    PlanOutcome.APPROVED: _l("Phê duyệt"),
    PlanOutcome.RETURNED: _l("Trả lại"),
}
FIELDS: Mapping[str, LazyString] = {
    "general_goal": _l("Mục tiêu chung"),
    "monitoring": _l("Theo dõi, giám sát"),
    "review_on": _l("Ngày rà soát"),
    "domain": _l("Lĩnh vực"),
    "text": _l("Nội dung"),
    "service_type": _l("Loại dịch vụ"),
    "what": _l("Hoạt động"),
    "responsible_unit": _l("Đơn vị chịu trách nhiệm"),
    "responsible": _l("Người chịu trách nhiệm"),
    "coordinating": _l("Đơn vị phối hợp"),
    "resources": _l("Nguồn lực, kinh phí"),
    "starts_on": _l("Bắt đầu"),
    "ends_on": _l("Kết thúc"),
}
_PARTS: Mapping[str, LazyString] = {
    "problems": _l("Vấn đề"),
    "goals": _l("Mục tiêu"),
    "activities": _l("Hoạt động"),
}
_KINDS: Mapping[ChangeKind, tuple[LazyString, str, str]] = {  # words, tone, icon
    ChangeKind.ADDED: (_l("Thêm"), "ok", "plus"),
    ChangeKind.REMOVED: (_l("Bỏ"), "danger", "trash"),
    ChangeKind.CHANGED: (_l("Sửa"), "warn", "edit"),
    ChangeKind.MOVED: (_l("Đổi thứ tự"), "warn", "edit"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One change as it stands on a page: lines are (field, before, now); an empty text is none."""

    kind: str
    tone: str
    icon: str
    where: str
    lines: tuple[tuple[str, str, str], ...]


def difference(change: Change) -> Difference:
    words, tone, icon = _KINDS[change.kind]
    return Difference(
        kind=str(words),
        tone=tone,
        icon=icon,
        where=change_place(change),
        lines=tuple(
            (str(FIELDS[one.name]), value_words(one.name, one.old), value_words(one.name, one.new))
            for one in change.fields
        ),
    )


def conflict_rows(changes: list[Change], who: str) -> Iterator[tuple[str, str, str]]:
    """The rows of a StaleEdit: what, as it is saved now, who and when."""
    for change in changes:
        place = change_place(change)
        if change.kind is ChangeKind.CHANGED:
            for one in change.fields:
                yield f"{place}: {FIELDS[one.name]}", _now_words(one), who
        else:
            yield place, f"{_KINDS[change.kind][0]}{_content(change)}", who


def change_place(change: Change) -> str:
    """Hoạt động 2; the plan as a whole has no number."""
    if change.part == "plan":
        return _("Phần chung của kế hoạch")
    name = str(_PARTS[change.part])
    return f"{name} {change.number}" if change.number else name


def value_words(name: str, value: Any) -> str:
    """A value of a snapshot as people write it."""
    if value is None:
        return ""
    if name == "domain":
        return label_of("needs", value)
    if name == "service_type":
        return label_of("intervention_types", value)
    if name.endswith("_on"):
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    return str(value)


def _now_words(change: FieldChange) -> str:
    return value_words(change.name, change.new) or _("để trống")


def _content(change: Change) -> str:
    """What was added or taken out, in short: ": Đưa trẻ đi khám"."""
    said = next((one for one in change.fields if one.name in ("text", "what")), None)
    text = said and (said.new or said.old)
    return f": {text}" if text else ""
