"""Amounts in dong as people here type them: 1.500.000, with or without the word."""

import re

from flask_babel import gettext as _

from app.web.parsed import ParsedField

LEAST, MOST = 1_000, 1_000_000_000

_WORD = re.compile(r"\s*(?:đồng|đ|₫|vnđ|vnd)\.?$", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?P<mark>[.,\s])[0-9]{3}(?:(?P=mark)[0-9]{3})*")


def parse_vnd(text: str) -> int:
    """Whole dong, from 1.000 to 1.000.000.000.

    Raises ValueError whose message can be shown to the user.
    """
    number = _WORD.sub("", text.strip())
    if number.startswith("-"):
        raise ValueError(_("Số tiền không thể là số âm."))
    if not (_is_plain(number) or _GROUPED.fullmatch(number)):
        raise ValueError(_("Ghi số đồng, không có số lẻ, ví dụ 1.500.000."))
    digits = re.sub(r"[^0-9]", "", number)
    if len(digits.lstrip("0")) > 10 or int(digits) > MOST:
        raise ValueError(_("Số tiền quá lớn cho một lần hỗ trợ. Hãy xem lại các số 0."))
    if int(digits) < LEAST:
        raise ValueError(_("Số tiền quá nhỏ. Ghi đủ số đồng: 500 nghìn là 500.000."))
    return int(digits)


def _is_plain(number: str) -> bool:
    return number.isascii() and bool(_PLAIN.fullmatch(number))


def money_text(amount: int) -> str:
    """1.500.000"""
    return f"{amount:,}".replace(",", ".")


class VndField(ParsedField):
    """An amount in whole dong."""

    data: int | None

    def parse(self, text: str) -> int:
        return parse_vnd(text)

    def words(self, value: int) -> str:
        return money_text(value)
