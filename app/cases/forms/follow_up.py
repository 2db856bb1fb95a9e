"""A follow-up of a child, and the administrator's rules of visits."""

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, IntegerField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.cases.enums import RiskLevel
from app.cases.forms.editing import RulesForm
from app.cases.models.follow_ups import FollowUpKind, Safety
from app.cases.queries.follow_up import RulesInForce
from app.cases.services.follow_up import FollowUpData
from app.cases.services.visit_rules import RuleChange
from app.cases.visit_rules import LONGEST, VisitRule
from app.core import clock
from app.reference.library import code_list
from app.web.fields import ChoiceRadioField, VnDateField, VnDateTimeField
from app.web.forms import BaseForm


class FollowUpForm(BaseForm):
    kind = ChoiceRadioField(
        _l("Hình thức"), [InputRequired(_l("Chọn một hình thức."))], default=FollowUpKind.VISIT
    )
    happened_at = VnDateTimeField(_l("Diễn ra lúc"), [InputRequired()], default=clock.now)
    is_child_seen = BooleanField(_l("Đã gặp trực tiếp trẻ em"))
    safety = ChoiceRadioField(
        _l("Trẻ em có an toàn không?"), [InputRequired(_l("Chọn một câu trả lời."))]
    )
    safety_words = TextAreaField(_l("Vì sao bạn nhận định như vậy"))
    note = TextAreaField(_l("Tình hình của trẻ em, việc đã làm"))
    next_on = VnDateField(_l("Ngày hẹn lần tới"), [Optional()])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.kind.offer(code_list("follow_up_kinds").choices())
        self.safety.offer(code_list("child_safety").choices())

    def validate_safety_words(self, field: Field) -> None:
        if self.safety.data in (Safety.UNSAFE, Safety.UNCLEAR) and not field.data:
            raise ValidationError(_("Ghi rõ vì sao trẻ em không an toàn hoặc chưa rõ."))

    def values(self) -> FollowUpData:
        """For a form that is valid."""
        return FollowUpData(
            kind=FollowUpKind(str(self.kind.data)),
            happened_at=self.happened_at.data or clock.now(),
            safety=Safety(str(self.safety.data)),
            safety_words=self.safety_words.data or None,
            is_child_seen=self.is_child_seen.data,
            note=self.note.data or None,
            next_on=self.next_on.data,
        )


def _days(label: Any) -> IntegerField:
    return IntegerField(
        label,
        [
            InputRequired(_l("Ghi số ngày.")),
            NumberRange(1, LONGEST, _l("Ghi một số ngày từ 1 đến %(most)s.", most=LONGEST)),
        ],
    )


class VisitRulesForm(RulesForm):
    """Two numbers for each level: `high_first`, `high_every`, …"""

    high_first = _days(_l("Nguy cơ cao: lần đầu trong (ngày)"))
    high_every = _days(_l("Nguy cơ cao: sau đó mỗi (ngày)"))
    medium_first = _days(_l("Nguy cơ trung bình: lần đầu trong (ngày)"))
    medium_every = _days(_l("Nguy cơ trung bình: sau đó mỗi (ngày)"))
    low_first = _days(_l("Nguy cơ thấp: lần đầu trong (ngày)"))
    low_every = _days(_l("Nguy cơ thấp: sau đó mỗi (ngày)"))
    effective_from = VnDateField(
        _l("Áp dụng từ ngày"), [InputRequired(_l("Ghi ngày."))], default=clock.today
    )
    reason = TextAreaField(
        _l("Lý do, văn bản làm căn cứ"),
        [InputRequired(_l("Ghi lý do.")), Length(5, 500, _l("Ghi từ 5 đến 500 ký tự."))],
    )

    def __init__(self, rules: RulesInForce) -> None:
        super().__init__(data=dict(_numbers(rules)))

    def values(self) -> RuleChange:
        """For a form that is valid."""
        return RuleChange(
            levels={
                level: VisitRule(
                    first_days=self[f"{level.lower()}_first"].data,
                    every_days=self[f"{level.lower()}_every"].data,
                )
                for level in RiskLevel
            },
            effective_from=cast(date, self.effective_from.data),  # InputRequired
            reason=self.reason.data,
        )


def _numbers(rules: RulesInForce) -> Iterator[tuple[str, int]]:
    for level, rule in rules.levels.items():
        yield f"{level.lower()}_first", rule.first_days
        yield f"{level.lower()}_every", rule.every_days
