"""What a child needs, and the one page on which each agency is asked for its part."""

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FormField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired

from app.cases.forms.plans import PlanMarks
from app.reference.library import code_list
from app.referrals.enums import Urgency
from app.referrals.models import Referral
from app.referrals.rules import Package, ReferralRules
from app.referrals.services.checks import CONSENT, Problem
from app.referrals.services.requests import MOST_NEEDS, DraftData, Need, RequestData
from app.web.cleaning import AtMost
from app.web.fields import CheckboxesField, ChoiceRadioField, ChoiceSelectField, GroupList
from app.web.forms import BaseForm, SubForm

OTHER, OUTSIDE = "other", "outside"  # another unit than those of the directory; a body without one
LINE = 200
Pairs = Iterable[tuple[str, Any]]
Allowed = Callable[[uuid.UUID | None], Collection[str]]  # the sections that a receiver may get
Activities = dict[str, tuple[uuid.UUID | None, str | None]]  # service: activity, its words


class NeedsForm(BaseForm):
    """Services to tick; `urgency_<service>` beside each; a package ticks several at once."""

    services = CheckboxesField(_l("Việc cần cho em"))

    @property
    def package(self) -> str:
        """The button that was pressed, if it was that of a package."""
        return request.form.get("package", "")

    def needs(self, rules: ReferralRules, known: Activities, running: frozenset[str]) -> list[Need]:
        """What was ticked, and what the package adds; of a package nothing that runs already."""
        package = rules.packages.get(self.package)
        first = {one.service: one.first for one in package.services} if package else {}
        urgencies = {code: self._urgency(code) for code in self.services.data or ()}
        if package is not None:
            urgencies = _of_package(package, running) | urgencies
        return [
            Need(code, urgency, *known.get(code, (None, None)), first=first.get(code, ()))
            for code, urgency in urgencies.items()
        ]

    def _urgency(self, code: str) -> Urgency:
        chosen = self._fields[f"urgency_{code}"].data
        return Urgency(chosen) if chosen else Urgency.ROUTINE


def _of_package(package: Package, running: frozenset[str]) -> dict[str, Urgency]:
    return {one.service: one.urgency for one in package.services if one.service not in running}


def needs_form(
    rules: ReferralRules, urgencies: dict[str, Urgency], ticked: Sequence[str] = ()
) -> NeedsForm:
    """For the services of these rules, each with the urgency that the file suggests."""
    offered = rules.offered()
    pairs = urgency_pairs(rules)
    fields = {
        f"urgency_{code}": ChoiceSelectField(_l("Mức khẩn"), choices=pairs) for code in offered
    }
    form = type("NeedsForm", (NeedsForm,), fields)(
        data={
            "services": [*ticked],
            **{f"urgency_{code}": urgencies.get(code, Urgency.ROUTINE).value for code in offered},
        }
    )
    form.services.offer(service_pairs(rules))
    made: NeedsForm = form
    return made


def service_pairs(rules: ReferralRules) -> list[tuple[str, Any]]:
    labels = code_list("referral_services").by_code
    return [(code, labels[code].label) for code in rules.offered()]


def urgency_pairs(rules: ReferralRules) -> list[tuple[str, Any]]:
    return [(urgency.value, rules.urgencies[urgency].label) for urgency in Urgency]


class DraftForm(SubForm):
    """One agency's part. Without a ground of its own it rests on the one for all."""

    draft_id = HiddenField()
    unit = ChoiceRadioField(_l("Nơi nhận"))
    other = ChoiceSelectField(_l("Đơn vị khác trong hệ thống"))
    body = StringField(_l("Tên cơ quan ngoài hệ thống"), [AtMost(LINE)])
    urgency = ChoiceRadioField(_l("Mức khẩn"))
    reason = TextAreaField(_l("Bạn nhờ đơn vị làm gì"))
    sections = CheckboxesField(_l("Phần hồ sơ gửi đi"))
    files = CheckboxesField(_l("Tài liệu kèm theo"))
    tells_others = BooleanField(_l("Cho biết còn cơ quan khác cùng giúp em"))
    ground = ChoiceSelectField(_l("Căn cứ riêng của phiếu này"))
    ground_reason = TextAreaField(_l("Lý do"))
    consent = ChoiceSelectField(_l("Sự đồng ý"))

    @property
    def known_id(self) -> uuid.UUID | None:
        return uuid_or_none(self.draft_id.data)

    @property
    def to_unit_id(self) -> uuid.UUID | None:
        """A unit's id as it was chosen; None for a body outside, and where nothing was."""
        chosen = self.other.data if self.unit.data == OTHER else self.unit.data
        return uuid_or_none(chosen)

    def data_of(self, common: "Ground", allowed: "Allowed") -> DraftData:
        """For a form that is valid. What this receiver never gets is left out."""
        own = Ground(self.ground.data, self.ground_reason.data or None, self.consent.data)
        ground = own if own.code else common
        return DraftData(
            urgency=Urgency(self.urgency.data or Urgency.ROUTINE),
            to_unit_id=self.to_unit_id,
            to_body=(self.body.data or None) if self.unit.data == OUTSIDE else None,
            sections=tuple(
                name for name in self.sections.data or () if name in allowed(self.to_unit_id)
            ),
            reason=self.reason.data or None,
            ground=ground.code,
            ground_reason=ground.reason if ground.code != CONSENT else None,
            consent_id=uuid_or_none(ground.consent) if ground.code == CONSENT else None,
            tells_others=bool(self.tells_others.data),
            file_ids=tuple(uuid.UUID(one) for one in self.files.data or ()),
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """On what a share rests: code of referral_grounds, reason, id of a consent as text."""

    code: str | None = None
    reason: str | None = None
    consent: str | None = None

    @classmethod
    def of(cls, draft: Referral) -> "Ground":
        consent = str(draft.consent_id) if draft.consent_id else None
        return cls(draft.ground, draft.ground_reason, consent)


class RequestForm(PlanMarks):
    """`version` is the request's. What is said once for all, and each draft."""

    version = HiddenField(_l("Phiếu"), [InputRequired(_l("Hãy tải lại trang rồi gửi lại."))])
    alerts = CheckboxesField(_l("Cảnh báo an toàn thêm"))
    ground = ChoiceRadioField(_l("Căn cứ chia sẻ thông tin của em"))
    ground_reason = TextAreaField(_l("Lý do chia sẻ khi không có sự đồng ý"))
    consent = ChoiceSelectField(_l("Sự đồng ý đã ghi"))
    drafts = GroupList(FormField(DraftForm), _l("Phiếu"), min_entries=0, max_entries=MOST_NEEDS * 2)
    add_service = ChoiceSelectField(_l("Thêm một việc cần cho em"))
    accepts_warnings = BooleanField(_l("Tôi đã đọc các lưu ý, vẫn gửi"))

    @property
    def action(self) -> str:
        """The button that was pressed; saving, where it was none."""
        return request.form.get("action", "save")

    @property
    def parts(self) -> list[DraftForm]:
        return [entry.form for entry in self.drafts.entries]

    def part(self, draft_id: uuid.UUID) -> DraftForm | None:
        return next((one for one in self.parts if one.known_id == draft_id), None)

    def state(self, allowed: Allowed) -> RequestData:
        """For a form that is valid."""
        common = Ground(self.ground.data, self.ground_reason.data or None, self.consent.data)
        return RequestData(
            alerts=tuple(self.alerts.data or ()),
            drafts={
                one.known_id: one.data_of(common, allowed) for one in self.parts if one.known_id
            },
        )

    def show(self, problems: Iterable[Problem]) -> None:
        """Put what stands in the way at its fields; of what is common, once."""
        to_mend = [problem for problem in problems if not problem.is_warning]
        for problem in to_mend:
            if part := self.part(problem.referral_id):
                self._show(part, problem)
        if any(part.errors for part in self.parts):  # those of a group are kept beside it
            self.drafts.errors = [part.errors for part in self.parts]
        if not to_mend:  # warnings only
            add(self.accepts_warnings, _("Đọc các lưu ý ở từng phiếu, rồi đánh dấu ở đây để gửi."))

    def _show(self, part: DraftForm, problem: Problem) -> None:
        if problem.field == "to_unit":
            add(part.unit, problem.text)
        elif problem.field in ("reason", "sections") or part.ground.data:
            add(part[problem.field], problem.text)
        elif problem.field == "consent" and self.consent.data:
            add(part.ground, problem.text)  # it is this need that the common consent does not reach
        else:
            add(self[problem.field], problem.text)


def add(field: Any, message: object) -> None:
    """One more error at a field, each text once."""
    if str(message) not in [str(one) for one in field.errors]:
        field.errors = [*field.errors, str(message)]


def uuid_or_none(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def request_values(
    drafts: Sequence[Referral], fixed: Iterable[str], picked: Callable[[uuid.UUID], list[str]]
) -> dict[str, Any]:
    """What the form holds when it is opened. The ground that most drafts share is the common
    one."""
    common = _common([Ground.of(draft) for draft in drafts if draft.ground])
    alerts = {alert for draft in drafts for alert in draft.alerts} - {*fixed}
    return {
        "alerts": sorted(alerts),
        "ground": common.code,
        "ground_reason": common.reason,
        "consent": common.consent,
        "drafts": [_draft_values(draft, common, picked(draft.id)) for draft in drafts],
    }


def _common(grounds: list[Ground]) -> Ground:
    return max(grounds, key=grounds.count, default=Ground())


def _draft_values(draft: Referral, common: Ground, files: list[str]) -> dict[str, Any]:
    own = Ground.of(draft)
    own = Ground() if own == common else own
    return {
        "draft_id": str(draft.id),
        "unit": str(draft.to_unit_id) if draft.to_unit_id else OUTSIDE if draft.to_body else None,
        "body": draft.to_body,
        "urgency": draft.urgency.value,
        "reason": draft.reason,
        "sections": draft.sections,
        "files": files,
        "tells_others": draft.tells_others,
        "ground": own.code,
        "ground_reason": own.reason,
        "consent": own.consent,
    }
