"""What is known of a child and of a carer: each field's section, label, and how it reads."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.auth.permissions import Section
from app.core.dates import DatePrecision, PartialDate
from app.people.models import Carer, Child, DobPrecision, Sex
from app.reference import communes
from app.reference.code_list import UnknownCode
from app.reference.library import code_list
from app.web.filters import phone, vn_date


class Known(NamedTuple):
    """One field of a file. `words` gives its value as it reads on a page, "" where not known."""

    name: str
    section: Section
    label: LazyString
    words: Callable[[Any], str]


def commune_label(code: str | None) -> str:
    """“Phường Phố Hiến”; a code that is not (or no longer) in the list reads as it is."""
    try:
        return communes.commune(code).label if code else ""
    except communes.UnknownCommune:
        return code or ""


@lru_cache(maxsize=20_000)
def about(sex: Sex, birth_year: int | None, commune: str | None, locale: str) -> str:
    """What tells namesakes apart. Remembered: lists say it for every line, and it names nobody."""
    year = _("sinh năm %(year)s", year=birth_year) if birth_year else ""
    parts = (code_list("sex").label(sex, locale), year, commune_label(commune))
    return ", ".join(part for part in parts if part)


def sex_label(sex: Sex) -> str:
    return code_list("sex").label(sex)


def relation_label(code: str) -> str:
    return _label("carer_relations", code)


def birth_words(child: Child) -> str:
    """05/03/2017, 03/2017, 2017, or the estimate with its day."""
    birth = birth_of(child)
    if birth is not None:
        return str(birth)
    if child.dob_precision is DobPrecision.ESTIMATED and child.estimated_age is not None:
        return str(
            _(
                "khoảng %(age)s tuổi (ước lượng ngày %(day)s)",
                age=child.estimated_age,
                day=vn_date(child.estimated_on),
            )
        )
    return str(child.birth_year or "")


def birth_of(child: Child) -> PartialDate | None:
    """The date of birth as far as known; None for an estimate."""
    try:
        precision = DatePrecision(child.dob_precision)
    except ValueError:
        return None
    if child.dob:
        return PartialDate(date.fromisoformat(child.dob), precision)
    if child.birth_year and precision is DatePrecision.YEAR:
        return PartialDate(date(child.birth_year, 1, 1), precision)
    return None


def _label(key: str, code: str | None) -> str:
    try:
        return code_list(key).label(code) if code else ""
    except UnknownCode:
        return code or ""


def _plain(name: str) -> Callable[[Any], str]:
    return lambda row: getattr(row, name) or ""


def _yes(name: str) -> Callable[[Any], str]:
    return lambda row: str(_("Có")) if getattr(row, name) else ""


S = Section
CHILD = (
    Known("full_name", S.IDENTITY, _l("Họ và tên"), _plain("full_name")),
    Known("aliases", S.IDENTITY, _l("Tên gọi khác"), _plain("aliases")),
    Known("birth", S.IDENTITY, _l("Ngày sinh"), birth_words),
    Known("sex", S.IDENTITY, _l("Giới tính"), lambda child: sex_label(child.sex)),
    Known("national_id", S.IDENTITY, _l("Số định danh cá nhân"), _plain("national_id")),
    Known(
        "ethnicity",
        S.IDENTITY,
        _l("Dân tộc"),
        lambda child: _label("ethnic_groups", child.ethnicity),
    ),
    Known(
        "residence_commune",
        S.IDENTITY,
        _l("Xã, phường thường trú"),
        lambda child: commune_label(child.residence_commune),
    ),
    Known("residence_text", S.CONTACT, _l("Địa chỉ thường trú"), _plain("residence_text")),
    Known(
        "stay_commune",
        S.CONTACT,
        _l("Xã, phường đang ở"),
        lambda child: commune_label(child.stay_commune),
    ),
    Known("stay_text", S.CONTACT, _l("Nơi đang ở"), _plain("stay_text")),
    Known("school", S.EDUCATION, _l("Trường, lớp"), _plain("school")),
)
CARER = (
    Known("relation", S.FAMILY, _l("Quan hệ với trẻ em"), lambda c: relation_label(c.relation)),
    Known("full_name", S.FAMILY, _l("Họ và tên"), _plain("full_name")),
    Known("birth_year", S.FAMILY, _l("Năm sinh"), lambda c: str(c.birth_year or "")),
    Known("occupation", S.FAMILY, _l("Nghề nghiệp"), _plain("occupation")),
    Known("is_caregiver", S.FAMILY, _l("Đang chăm sóc trẻ em"), _yes("is_caregiver")),
    Known("is_suspected", S.FAMILY, _l("Đối tượng bị cho là gây tổn hại"), _yes("is_suspected")),
    Known("phone", S.CONTACT, _l("Số điện thoại"), lambda c: phone(c.phone)),
    Known("address", S.CONTACT, _l("Địa chỉ"), _plain("address")),
)
LABELS: dict[str, LazyString] = {
    **{field.name: field.label for field in CHILD},
    "carers": _l("Cha, mẹ, người chăm sóc"),
    "carers_contact": _l("Liên hệ của cha, mẹ, người chăm sóc"),
}


def readable(
    fields: Iterable[Known], row: Child | Carer, sections: frozenset[Section]
) -> Iterator[tuple[Known, str]]:
    """The fields that these sections open, with their words; the others are not even unsealed."""
    return ((field, field.words(row)) for field in fields if field.section in sections)


def carer_words(carer: Carer, section: Section) -> str:
    """One carer in one line, as far as one section goes."""
    known = readable(CARER, carer, frozenset({section}))
    return ", ".join(
        str(field.label) if field.name.startswith("is_") else words
        for field, words in known
        if words
    )
