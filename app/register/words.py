"""The words for the fields of a membership, and for what changed in them."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.reference.library import code_list
from app.register.data_types import MembershipData
from app.register.groups import label
from app.register.models import GroupMembership

FIELDS: Mapping[str, LazyString] = {
    "sub_code": _l("Nhóm nhỏ"),
    "since": _l("Thuộc nhóm từ ngày"),
    "poverty": _l("Hộ nghèo, hộ cận nghèo"),
    "evidence_kind": _l("Căn cứ"),
    "evidence_number": _l("Số giấy tờ"),
    "issuer": _l("Nơi cấp"),
    "issued_on": _l("Ngày cấp"),
    "expires_on": _l("Có giá trị đến"),
}
_LISTS = {"poverty": "household_poverty", "evidence_kind": "evidence_kinds"}


def changed_fields(membership: GroupMembership, data: MembershipData) -> Sequence[str]:
    return [
        name
        for name in FIELDS
        if (getattr(membership, name) or None) != (getattr(data, name) or None)
    ]


def change_words(membership: GroupMembership, data: MembershipData, fields: Sequence[str]) -> str:
    """One line for each field: Nơi cấp: xã A → xã B. It is sealed where it is kept."""
    return "\n".join(
        f"{FIELDS[name]}: {_said(name, getattr(membership, name), membership.group_code)}"
        f" → {_said(name, getattr(data, name), membership.group_code)}"
        for name in fields
    )


def _said(name: str, value: object, group: str) -> str:
    if not value:
        return "–"
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if name == "sub_code":
        return label(group, str(value)).partition(": ")[2]
    return text_of(_LISTS[name], str(value)) if name in _LISTS else str(value)


def text_of(list_key: str, code: str | None) -> str:
    """The text of a code; the code itself where the list does not know it, "" for none."""
    known = code_list(list_key).by_code.get(code or "")
    return str(known.label) if known else code or ""
