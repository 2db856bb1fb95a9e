"""The words of tables: their titles, axes and categories."""

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from flask_babel import LazyString

from app.indicators.definitions import Indicator, IndicatorsFile
from app.indicators.queries.axes import COMMUNES, GIVEN, KEPT, LISTS, MISSED, NOT_GIVEN, UNKNOWN
from app.indicators.tables import TOTAL, Audience, ProtectedTable
from app.reference.communes import UnknownCommune, commune
from app.reference.library import code_list
from app.web.words import _, _l

AXES: Mapping[str, LazyString] = {
    "commune": _l("xã, phường nơi cư trú"),
    "event_commune": _l("xã, phường nơi xảy ra"),
    "case_commune": _l("xã, phường giải quyết"),
    "sex": _l("giới tính"),
    "age_group": _l("nhóm tuổi"),
    "sc_group": _l("nhóm hoàn cảnh"),
    "support_kind": _l("loại trợ giúp"),
    "abuse_form": _l("hình thức xâm hại"),
    "setting": _l("môi trường xâm hại"),
    "relation": _l("quan hệ của người xâm hại"),
    "category": _l("loại tin báo"),
    "channel": _l("nguồn tin"),
    "kept": _l("đúng hạn hay quá hạn"),
    "given": _l("được trợ giúp hay chưa"),
}
UNITS: Mapping[str, LazyString] = {
    "child": _l("một trẻ em"),
    "event": _l("một vụ"),
    "case": _l("một hồ sơ"),
    "clock": _l("một thời hạn"),
    "referral": _l("một lần chuyển gửi"),
}
COUNTS: Mapping[str, LazyString] = {
    "child": _l("Số trẻ em"),
    "event": _l("Số vụ"),
    "case": _l("Số hồ sơ"),
    "clock": _l("Số thời hạn"),
    "referral": _l("Số lần chuyển gửi"),
}
UNIVERSES: Mapping[str, LazyString] = {
    "special": _l("Trẻ em có hoàn cảnh đặc biệt"),
    "supported": _l("Trẻ em có hoàn cảnh đặc biệt được trợ giúp"),
    "abuse": _l("Trẻ em bị xâm hại"),
    "abuse_events": _l("Vụ xâm hại trẻ em"),
    "cases": _l("Hồ sơ tiếp nhận"),
    "assessed_12h": _l("Thời hạn đánh giá ban đầu 12 giờ"),
    "planned_5d": _l("Thời hạn lập kế hoạch 5 ngày làm việc"),
    "approved_7d": _l("Thời hạn phê duyệt kế hoạch 7 ngày làm việc"),
    "referrals": _l("Chuyển gửi đến hạn trả lời"),
}
AUDIENCES: Mapping[Audience, LazyString] = {
    Audience.PUBLIC: _l("Công khai"),
    Audience.AGENCY: _l("Nội bộ cơ quan"),
}


class Coded(Protocol):
    @property
    def code(self) -> str: ...


T = TypeVar("T", bound=Coded)


def in_order(tables: Iterable[T], rules: IndicatorsFile) -> list[T]:
    """Tables as the definitions have them: those of 8a before those of 9."""
    places = {code: place for place, code in enumerate(rules.tables)}
    return sorted(tables, key=lambda one: places.get(one.code, len(places)))


def count_words(unit: str, count: str) -> str:
    """“40 trẻ em”."""
    match unit:
        case "child":
            return _("%(n)s trẻ em", n=count)
        case "event":
            return _("%(n)s vụ", n=count)
        case "case":
            return _("%(n)s hồ sơ", n=count)
        case "clock":
            return _("%(n)s thời hạn", n=count)
        case _:
            return _("%(n)s lần chuyển gửi", n=count)


def counted_words(indicator: Indicator) -> str:
    """“8a. Trẻ em có hoàn cảnh đặc biệt”: whom or what it counts, not the rate that it is called
    by."""
    words = str(UNIVERSES.get(indicator.source) or indicator.title)
    return f"{indicator.part}. {words}" if indicator.part else words


def axis_words(code: str) -> str:
    return str(AXES[code]) if code in AXES else code


def category_words(axis: str, category: str) -> str:
    """A code that no list has any more stands as it is."""
    if category == TOTAL:
        return _("Toàn tỉnh") if axis in COMMUNES else _("Tổng số")
    if category == UNKNOWN:
        return _("Chưa rõ")
    if axis == "kept":
        return {KEPT: _("Đúng hạn"), MISSED: _("Quá hạn")}.get(category, category)
    if axis == "given":
        words = {GIVEN: _("Được trợ giúp"), NOT_GIVEN: _("Chưa được trợ giúp")}
        return words.get(category, category)
    if axis == "age_group":
        first, _dash, last = category.partition("-")
        return _("%(first)s đến %(last)s tuổi", first=first, last=last) if last else category
    return _listed(axis, category)


def _listed(axis: str, category: str) -> str:
    try:
        if axis in COMMUNES:
            return commune(category).label
        return code_list(LISTS[axis]).label(category)  # type: ignore[index]
    except (KeyError, UnknownCommune):
        return category


def table_title(code: str, rules: IndicatorsFile) -> str:
    """“Trẻ em có hoàn cảnh đặc biệt, theo nhóm hoàn cảnh và giới tính”: cells are counts, so that
    the title is never that of a rate."""
    if code not in rules.tables:
        return code
    table = rules.tables[code]
    universe = "special" if "given" in table.axes else table.universe
    counted = UNIVERSES.get(universe) or rules.indicator_of(code).title
    axes = joined([axis_words(axis) for axis in table.axes])
    return _("%(counted)s, theo %(axes)s", counted=counted, axes=axes)


def joined(words: list[str]) -> str:
    """“a, b và c”."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s và %(last)s", first=", ".join(words[:-1]), last=words[-1])


def cut_words(table: ProtectedTable) -> str:
    return joined([axis_words(axis.code) for axis in table.axes])
