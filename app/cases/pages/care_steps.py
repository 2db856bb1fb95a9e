"""The forms of separations and substitute care: what each page says, and which fields it shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import sections_of
from app.cases.forms.editing import EditForm
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.models.care import CareState, SeparationState
from app.cases.pages.care import placement_rows, separation_rows
from app.cases.pages.head import read_head
from app.cases.queries.care import (
    PlacementView,
    SeparationView,
    carers_to_choose,
    suspected_names,
)
from app.web.forms import BaseForm
from app.web.words import _, _l

Row = tuple[str, str | None]
About = SeparationView | PlacementView
_ORDER = ("is_longer_ordered", "ordered_by", "order_document")
_DRAFT = (
    *("reason", "carers", "others", "grounds", "place_kind", "place_unit", "place_name"),
    *("address", "phone", "carer_meanwhile", "started_at", "ends_at", *_ORDER),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One page: its words and its fields in their order. `needs`: the state without which there is
    nothing to do any more."""

    title: LazyString
    lead: LazyString
    button: LazyString
    fields: tuple[str, ...]
    needs: frozenset[str] = frozenset()
    is_danger: bool = False
    is_read_first: bool = False  # on a phone: what it is about stands above the form


PROPOSE = Step(
    _l("Đề nghị tạm thời cách ly"),
    _l(
        "Dự thảo Mẫu số 07. Chủ tịch Ủy ban nhân dân cấp xã quyết định trong 12 giờ từ khi nhận tin"
        " (Nghị định 56/2017/NĐ-CP, Điều 32)."
    ),
    _l("Gửi Chủ tịch"),
    _DRAFT,
)
AT_ONCE = Step(
    _l("Quyết định tạm thời cách ly ngay"),
    _l(
        "Khi khẩn cấp, Chủ tịch tự lập và quyết định: thẩm quyền trong 12 giờ từ khi nhận tin"
        " (Nghị định 56/2017/NĐ-CP, Điều 32). Hồ sơ ghi rõ điều này."
    ),
    _l("Ký quyết định"),
    (*_DRAFT, "number", "decision_on"),
)
DECIDE = Step(
    _l("Quyết định tạm thời cách ly"),
    _l("Đồng ý thì cách ly có hiệu lực và đồng hồ 15 ngày bắt đầu chạy (Điều 32)."),
    _l("Ký quyết định"),
    ("decision", "number", "decision_on", "started_at", "ends_at", "note"),
    frozenset({SeparationState.PROPOSED}),
    is_read_first=True,
)
EXTEND = Step(
    _l("Gia hạn tạm thời cách ly"),
    _l("Tổng cộng tối đa 15 ngày, trừ khi cơ quan có thẩm quyền yêu cầu lâu hơn (Điều 32)."),
    _l("Ký gia hạn"),
    ("ends_at", "reason", *_ORDER, "number", "decision_on"),
    frozenset({SeparationState.DECIDED}),
)
CANCEL = Step(
    _l("Hủy bỏ tạm thời cách ly"),
    _l("Khi cha, mẹ, người chăm sóc được đánh giá là bảo đảm an toàn cho trẻ em (Điều 32)."),
    _l("Hủy bỏ cách ly"),
    ("ended_at", "note"),
    frozenset({SeparationState.DECIDED}),
    is_danger=True,
)
END = Step(
    _l("Ghi kết thúc cách ly"),
    _l("Hết thời hạn, hoặc trẻ em được chuyển sang biện pháp bảo vệ khác."),
    _l("Ghi kết thúc"),
    ("ended_at", "reason", "note"),
    frozenset({SeparationState.DECIDED}),
)
ADDRESS = Step(
    _l("Địa chỉ nơi ở của trẻ em"),
    _l("Giữ riêng bằng khóa riêng: không hiện trong hồ sơ, không in, không tìm kiếm được."),
    _l("Cất địa chỉ"),
    ("address", "phone"),
    frozenset({SeparationState.PROPOSED, SeparationState.DECIDED}),
)
PROPOSE_CARE = Step(
    _l("Đề nghị chăm sóc thay thế"),
    _l(
        "Ưu tiên người thân thích (Luật Trẻ em, Điều 60). Chủ tịch quyết định; giao, nhận trẻ em"
        " trong 15 ngày làm việc."
    ),
    _l("Gửi Chủ tịch"),
    ("form_of_care", "carer_name", "relation", "phone", "address", "grounds"),
)
DECIDE_CARE = Step(
    _l("Quyết định chăm sóc thay thế"),
    _l("Đồng ý thì trẻ em phải được giao, nhận trong 15 ngày làm việc từ ngày quyết định."),
    _l("Ký quyết định"),
    ("decision", "number", "decision_on", "note"),
    frozenset({CareState.PROPOSED}),
    is_read_first=True,
)
HAND_OVER = Step(
    _l("Giao, nhận trẻ em"),
    _l("Ủy ban nhân dân cấp xã tổ chức giao, nhận trong 15 ngày làm việc từ ngày quyết định."),
    _l("Ghi biên bản"),
    ("happened_at", "present", "note"),
    frozenset({CareState.DECIDED}),
)
VISIT = Step(
    _l("Thăm trẻ em được chăm sóc thay thế"),
    _l("Đến tận nơi, gặp riêng trẻ em. Không an toàn thì đánh giá lại ngay."),
    _l("Ghi lần thăm"),
    ("happened_at", "safety", "note"),
    frozenset({CareState.HANDED_OVER}),
)
END_CARE = Step(
    _l("Chấm dứt chăm sóc thay thế"),
    _l("Theo quyết định của Chủ tịch Ủy ban nhân dân cấp xã (Mẫu số 16)."),
    _l("Chấm dứt"),
    ("ended_on", "reason", "next_place", "note"),
    frozenset({CareState.DECIDED, CareState.HANDED_OVER}),
    is_danger=True,
)


def step_page(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    step: Step,
    form: BaseForm,
    now: datetime,
    about: About | None = None,
) -> dict[str, Any]:
    """The context of templates/care/step.html. `about`: what the step is taken with."""
    return {
        "case": case,
        "head": read_head(session, actor=actor, case=case, now=now),
        "step": step,
        "marks": form.marks(case, now) if isinstance(form, EditForm) else None,
        "conflict": form.conflict if isinstance(form, EditForm) else None,
        "about": _about(session, case, about),
        "closed": _closed(about, step, actor),
    }


def people_choices(session: Session, case: Case, actor: Actor) -> list[tuple[str, str]]:
    """Who is around the child, without phone or address."""
    known = carers_to_choose(session, case.child_id, sections=sections_of(actor))
    return [
        (str(carer_id), f"{label_of('carer_relations', relation)}: {name or '?'}")
        for carer_id, relation, name in known
    ]


def _about(session: Session, case: Case, about: About | None) -> tuple[Row, ...]:
    if about is None:
        return ()
    if isinstance(about, SeparationView):
        return tuple(separation_rows(about))
    hidden = suspected_names(session, case.child_id) if case.do_not_contact else frozenset()
    return tuple(placement_rows(about, is_hidden=(about.carer_name or "").casefold() in hidden))


def _closed(about: About | None, step: Step, actor: Actor) -> str:
    """Why there is no form any more; "" where there is one."""
    if about is None:
        return ""
    if (step is DECIDE or step is DECIDE_CARE) and about.drafted_by == actor.id:
        return _("Người lập đề nghị không được tự quyết định. Cần một người khác quyết định.")
    if about.state.value in step.needs:
        return ""
    return _("Việc này đã được ghi, hoặc không còn phải làm. Xem ở bên cạnh.")
