"""What is different in a further edition of a release, in words."""

from collections.abc import Iterator, Sequence

from app.indicators.definitions import Indicator, IndicatorsFile
from app.indicators.models import Release, ReleaseFigure
from app.indicators.pages.table_words import count_words, counted_words
from app.indicators.protection.rules import rule_numbered
from app.indicators.tables import Audience
from app.web.filters import number
from app.web.words import _


def changes_of(
    release: Release,
    rules: IndicatorsFile,
    figures: Sequence[ReleaseFigure],
    base: Sequence[ReleaseFigure],
    version: int | None,
) -> list[str] | None:
    """Of the figures of one audience, protected by the rule of this version. None for the first
    edition; empty where nothing is different."""
    if release.changes is None:
        return None
    before = {(row.code, row.audience): row for row in base}
    lines = []
    for row in figures:
        is_about = _is_rounded(version, row.audience)
        indicator = rules.indicator(row.code)
        words = [
            *_difference(before.get((row.code, row.audience)), row, indicator, is_about),
            *_kinds(release, row.code, row.audience, is_about),
        ]
        if words:
            lines.append(f"{counted_words(indicator)}: {'; '.join(words)}.")
    return lines


def _is_rounded(version: int | None, audience: Audience) -> bool:
    return version is not None and rule_numbered(version).bounds(audience).round_to > 1


def _difference(
    before: ReleaseFigure | None, row: ReleaseFigure, indicator: Indicator, is_about: bool
) -> Iterator[str]:
    if before is None:
        return
    if before.numerator != row.numerator:
        old, new = _words(before.numerator, is_about), _words(row.numerator, is_about)
        if new:
            new = count_words(indicator.unit, new)
        words = _change(old, new)
        yield _("đúng hạn %(change)s", change=words) if indicator.is_clock else words
    if before.denominator != row.denominator:
        is_about = is_about and indicator.denominator_source != "population"
        old, new = _words(before.denominator, is_about), _words(row.denominator, is_about)
        is_missing = (before.missing and not old) or (row.missing and not new)
        words = _population(old, new) if is_missing else _change(old, new)
        yield _("tổng số %(change)s", change=words)


def _change(old: str, new: str) -> str:
    """ "" is a hidden figure."""
    if old and new:
        return _("từ %(old)s thành %(new)s", old=old, new=new)
    if new:
        return _("trước ẩn, nay là %(new)s", new=new)
    return _("trước là %(old)s, nay ẩn", old=old)


def _population(old: str, new: str) -> str:
    if new:
        return _("trước chưa có, nay là %(new)s", new=new)
    return _("trước là %(old)s, nay chưa có", old=old)


def _words(value: int | None, is_about: bool) -> str:
    return "" if value is None else _about(number(value), is_about and value > 0)


def _about(text: str, is_about: bool) -> str:
    return _("khoảng %(value)s", value=text) if is_about else text


def _kinds(release: Release, code: str, audience: Audience, is_about: bool) -> Iterator[str]:
    said = ((release.changes or {}).get(code) or {}).get(audience.value)
    if not said:
        return
    if said["is_small"]:
        yield _("có bổ sung hoặc sửa đổi, ít đến mức không nêu riêng từng loại")
        return
    if said["late"]:
        late = _about(number(said["late"]), is_about)
        yield _("%(n)s ghi muộn, sau lần công bố trước", n=late)
    if said["ended"]:
        ended = _about(number(said["ended"]), is_about)
        yield _("%(n)s không còn tính vì đã ghi kết thúc hoặc không xác nhận", n=ended)
    if said["revised"]:
        yield _(
            "%(n)s do gộp bản ghi trùng, sửa ngày sinh, nơi cư trú hoặc xóa dữ liệu",
            n=_about(f"{said['revised']:+d}", is_about),
        )
