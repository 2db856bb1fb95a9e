"""Numbers as people here write them: a decimal comma, points or blanks between thousands."""

import re
from decimal import Decimal

from flask_babel import gettext as _

from app.web.money import money_text
from app.web.parsed import ParsedField

_COMMA = re.compile(r"-?[0-9]{1,9}(?:,[0-9]{1,9})?")
_POINT = re.compile(r"-?[0-9]{1,9}\.(?:[0-9]{1,2}|[0-9]{4,9})")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})+")
_GROUPED_COMMA = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,9}")
_COUNT = re.compile(r"-?[0-9]{1,12}")
_UNIT = re.compile(r"\s*(?:%|‰)$")


def parse_decimal(text: str) -> Decimal:
    """14,7 or 14.7, with % or ‰ or without. Raises ValueError whose message can be shown.

    14.725 may be fourteen thousand or fourteen and a bit: that is asked, not guessed.
    """
    number = re.sub(r"\s", "", _UNIT.sub("", text.strip()))
    if _COMMA.fullmatch(number):
        return Decimal(number.replace(",", "."))
    if _POINT.fullmatch(number):
        return Decimal(number)
    if _GROUPED_COMMA.fullmatch(number):
        return Decimal(number.replace(".", "").replace(",", "."))
    if _GROUPED.fullmatch(number):
        raise ValueError(_("Ghi phần lẻ sau dấu phẩy (14,725), phần nghìn không có dấu (14725)."))
    raise ValueError(_("Ghi một số, phần lẻ sau dấu phẩy, ví dụ 14,7."))


def parse_count(text: str) -> int:
    """12345, 12.345 or 12 345. Raises ValueError whose message can be shown."""
    number = re.sub(r"\s", "", text.strip())
    if _GROUPED.fullmatch(number):
        number = number.replace(".", "")
    if not _COUNT.fullmatch(number):
        raise ValueError(_("Ghi số nguyên, ví dụ 12.345."))
    return int(number)


def decimal_text(value: Decimal | None) -> str:
    """14,7: without zeros at the end."""
    if value is None:
        return ""
    plain = f"{value:f}"
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain).replace(".", ",")


class VnDecimalField(ParsedField):
    data: Decimal | None

    def parse(self, text: str) -> Decimal:
        return parse_decimal(text)

    def words(self, value: Decimal) -> str:
        return decimal_text(value)


class CountField(ParsedField):
    """A whole number."""

    data: int | None

    def parse(self, text: str) -> int:
        return parse_count(text)

    def words(self, value: int) -> str:
        return money_text(value)
