"""Identity numbers and telephone numbers: how they are written, stored and doubted."""

import re
from collections.abc import Iterator

from flask_babel import gettext as _

from app.people.models import Sex

# Number = province of birth registration (3), century and sex (1), year (2), random (6). The codes
# are those of Circular 07/2016/TT-BCA; numbers given before the merger of provinces keep theirs.
PROVINCES = frozenset(
    f"{code:03}"
    for code in (
        *(
            1,
            2,
            4,
            6,
            8,
            10,
            11,
            12,
            14,
            15,
            17,
            19,
            20,
            22,
            24,
            25,
            26,
            27,
            30,
            31,
            33,
            34,
            35,
            36,
        ),
        *(37, 38, 40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72),
        *(74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96),
    )
)
_SEPARATORS = re.compile(r"[\s.\-()]+")
_NATIONAL_ID = re.compile(r"[0-9]{12}")
_PHONE = re.compile(r"(?:\+84|0084|84|0)(?P<rest>[35789][0-9]{8}|2[0-9]{9})")
_CASE_NUMBER = re.compile(
    r"(?P<prefix>[A-Za-z]{2})[\s-]*(?P<year>20[0-9]{2})-(?P<serial>[0-9]{1,6})"
)


def national_id_of(text: str) -> str | None:
    """The 12 digits of an identity number written with or without gaps, else None."""
    digits = _SEPARATORS.sub("", text)
    return digits if _NATIONAL_ID.fullmatch(digits) else None


def phone_of(text: str) -> str | None:
    """E.164 of a Vietnamese mobile or landline number (+84912345678), else None."""
    found = _PHONE.fullmatch(_SEPARATORS.sub("", text))
    return f"+84{found['rest']}" if found else None


def case_number_of(text: str) -> str | None:
    """HY-2026-000123 from any usual spelling of it, else None."""
    found = _CASE_NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    return f"{found['prefix'].upper()}-{found['year']}-{int(found['serial']):06}"


def doubts(number: str, *, sex: Sex, birth_year: int | None) -> Iterator[str]:
    """What does not fit in a number. Data errors exist: a reason to look, not to refuse."""
    century, is_female = divmod(int(number[3]), 2)
    year = 1900 + 100 * century + int(number[4:6])
    if number[:3] not in PROVINCES:
        yield _("Ba số đầu %(code)s không có trong danh mục mã tỉnh.", code=number[:3])
    if sex is not Sex.UNKNOWN and is_female != (sex is Sex.FEMALE):
        yield _("Số thứ tư của số định danh không khớp với giới tính đã ghi.")
    if birth_year is not None and year != birth_year:
        yield _("Số định danh cho thấy năm sinh %(year)s, khác năm sinh đã ghi.", year=year)
