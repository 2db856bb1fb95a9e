"""Rates in words: of exact counts with their decimals, of rounded ones as what they may be."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from app.indicators.pages.board_words import decimal_words, rounded
from app.indicators.protection.rates import Rate
from app.web.words import _

PERCENT = "%"
DIGITS = 6  # of rates that are put into words
_MOST_DIGITS, _WHOLE = 4, 10
_FINEST = 50  # no step of a span is finer than this part of it


def percent_words(value: Decimal) -> str:
    return decimal_words(value) + PERCENT


def rate_words(found: Rate, sign: str = PERCENT) -> str:
    """“74,51%”; of rounded counts “khoảng 73–88%”, with no more decimals than are true; "" where
    there is no rate."""
    if found.value is None or found.low is None or found.high is None:
        return ""
    if found.low == found.high:
        return decimal_words(found.value) + sign
    return span_words(found.low, found.high, sign)


def span_words(low: Decimal, high: Decimal, sign: str = PERCENT) -> str:
    """Both ends are rounded away from each other, so that the true rate stays between them."""
    step = Decimal(1).scaleb(-_digits(low, high))
    most = Decimal(100) if sign == PERCENT else high
    ends = low.quantize(step, ROUND_FLOOR), min(high, most).quantize(step, ROUND_CEILING)
    places = max(len(rounded(end, _MOST_DIGITS).partition(",")[2]) for end in ends)
    words = "–".join(dict.fromkeys(_with_places(end, places) for end in ends))
    return _("khoảng %(span)s", span=words + sign)


def _with_places(value: Decimal, places: int) -> str:
    """Both ends have as many; none at all is 0."""
    text = rounded(value, _MOST_DIGITS)
    whole, _comma, decimals = text.partition(",")
    return f"{whole},{decimals:0<{places}}" if value and places else text


def _digits(low: Decimal, high: Decimal) -> int:
    """None from 10 on; below, as many as the width between the ends gives a meaning to."""
    if high >= _WHOLE:
        return 0
    width = max(high - low, high / _FINEST)
    return next((n for n in range(_MOST_DIGITS) if Decimal(1).scaleb(-n) <= width), _MOST_DIGITS)
