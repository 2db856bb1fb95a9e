"""What every writing service of the register asks before it writes."""

from datetime import date

from flask_babel import lazy_gettext as _l

from app.cases.enums import CaseState
from app.cases.models import Case
from app.cases.models.cases import CaseEnded, NotRoutedYet
from app.core.errors import InvalidInput
from app.reference.library import code_list
from app.register.data_types import EndData, MembershipData
from app.register.groups import place_of
from app.register.rules import is_excluded_by_poverty

EARLIEST = date(1990, 1, 1)
_NOT_YET = _l("Ngày này chưa đến.")


def require_register(case: Case) -> None:
    """A closed case still keeps its child's groups; one that was refused or never routed does not.

    Raises CaseEnded or NotRoutedYet.
    """
    if case.unit_id is None:
        raise NotRoutedYet
    if case.is_ended and case.state is not CaseState.CLOSED:
        raise CaseEnded


def check_membership(data: MembershipData, *, today: date, born: date | None = None) -> None:
    """Raises InvalidInput. `born` is the first day on which the child may have been born."""
    if place_of(data.code) is None:
        raise InvalidInput("code", _l("Chọn một nhóm trong danh sách."))
    check_code("poverty", "household_poverty", data.poverty)
    if data.evidence_kind is not None:
        check_code("evidence_kind", "evidence_kinds", data.evidence_kind)
    if data.since > today:
        raise InvalidInput("since", _NOT_YET)
    if data.since < (born or EARLIEST):
        raise InvalidInput("since", _l("Ngày này trước khi trẻ em ra đời. Hãy xem lại."))
    if is_excluded_by_poverty(data, data.since):
        raise InvalidInput(
            "poverty",
            _l("Nghị định chỉ xếp vào nhóm này trẻ em thuộc hộ nghèo hoặc hộ cận nghèo (Điều 15)."),
        )
    _check_paper(data, today)


def _check_paper(data: MembershipData, today: date) -> None:
    has_paper = data.evidence_number or data.issuer or data.issued_on or data.expires_on
    if has_paper and data.evidence_kind is None:
        raise InvalidInput("evidence_kind", _l("Chọn đây là giấy tờ gì."))
    if data.issued_on is not None and data.issued_on > today:
        raise InvalidInput("issued_on", _NOT_YET)
    if data.issued_on and data.expires_on and data.issued_on > data.expires_on:
        raise InvalidInput(
            "expires_on", _l("Giấy tờ hết hạn trước ngày cấp. Hãy xem lại hai ngày này.")
        )


def check_end(data: EndData, *, since: date, today: date) -> None:
    """Raises InvalidInput."""
    check_code("reason", "group_end_reasons", data.reason)
    if data.until > today:
        raise InvalidInput("until", _NOT_YET)
    if data.until < since:
        raise InvalidInput("until", _l("Ngày ra khỏi nhóm trước ngày vào nhóm."))
    if data.reason == "other" and not data.note:
        raise InvalidInput("note", _l("Ghi rõ lý do."))


def check_code(field: str, list_key: str, code: str) -> None:
    if code not in code_list(list_key):
        raise InvalidInput(field, _l("Chọn một mục trong danh sách."))
