"""The filters of the register: read from an address, and written into one."""

from collections.abc import Iterable, Mapping
from datetime import date

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.permissions import Section
from app.cases.pages.list_filters import Box
from app.reference.communes import commune_choices
from app.reference.library import code_list
from app.register.groups import AT_RISK, choices, open_codes, place_of
from app.register.queries.filters import BANDS, GROWN, NO_AGE, RegisterFilter
from app.web.dates import parse_date
from app.web.words import _, _l

AGES = {
    "": _l("Dưới 16 tuổi"),
    "0-5": _l("0 đến 5 tuổi"),
    "6-10": _l("6 đến 10 tuổi"),
    "11-15": _l("11 đến 15 tuổi"),
    NO_AGE: _l("Chưa rõ tuổi"),
    GROWN: _l("Đã từ 16 tuổi"),
}


def read_filter(
    args: Mapping[str, str], sections: frozenset[Section], today: date
) -> RegisterFilter:
    """The filter that an address asks for; what is no code, or closed to the reader, is none.

    The codes of poverty and age are ASCII words; a day that has not come is today.
    """
    place = place_of(args.get("group", ""))
    if place is not None and place.code not in open_codes(sections):
        place = None
    poverty, age, area = args.get("poverty", ""), args.get("age", ""), args.get("commune", "")
    return RegisterFilter(
        on=min(_day(args.get("on", "")) or today, today),
        group=place.group if place else "",
        sub=(place.sub or "") if place else "",
        no_sub=bool(place) and args.get("bare") == "1",
        poverty=poverty if poverty in code_list("household_poverty") else "",
        age=age if age in {*BANDS, GROWN, NO_AGE} else "",
        commune=area if area.isascii() and area.isdigit() and len(area) == 5 else "",
        is_due=args.get("due") == "1",
    )


def _day(text: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None


def named_filters(wanted: RegisterFilter) -> str:
    """Which filters were set, for the log: their names, for a value may name a closed group."""
    chosen = ("group", "poverty", "age", "commune", "is_due")
    return " ".join(name for name in chosen if getattr(wanted, name))


def query_of(wanted: RegisterFilter, today: date) -> dict[str, str]:
    """As `read_filter` reads it; what is the default is left out where it is written."""
    return {
        "group": wanted.sub or wanted.group,
        "bare": "1" if wanted.no_sub else "",
        "poverty": wanted.poverty,
        "age": wanted.age,
        "commune": wanted.commune,
        "due": "1" if wanted.is_due else "",
        "on": "" if wanted.on == today else wanted.on.isoformat(),
    }


def address(base: str, query: Mapping[str, str]) -> str:
    text = "&".join(f"{name}={value}" for name, value in query.items() if value)
    return f"{base}?{text}" if text else base


def boxes(
    actor: Actor, wanted: RegisterFilter, sections: frozenset[Section], *, has_group: bool
) -> Iterable[Box]:
    """The drop-downs: those of the list, or without the group those of the stock."""
    if has_group and wanted.group != AT_RISK:
        yield Box("group", _("Nhóm"), tuple(_groups(wanted, sections)))
    poverty = code_list("household_poverty").choices()
    yield Box("poverty", _("Hộ"), _options([("", _("Mọi hộ")), *poverty], wanted.poverty))
    ages = [(code, str(words)) for code, words in AGES.items()]
    yield Box("age", _("Tuổi"), _options(ages, wanted.age))
    if sees_whole_area(actor) and actor.commune_code is None:
        communes = [("", _("Cả tỉnh")), *commune_choices()]
        yield Box("commune", _("Xã, phường"), _options(communes, wanted.commune))


def _groups(
    wanted: RegisterFilter, sections: frozenset[Section]
) -> Iterable[tuple[str, str, bool]]:
    """Without the groups that the reader may not see: a filter that is always empty says zero."""
    shown = set(open_codes(sections))
    chosen = wanted.sub or wanted.group
    yield "", _("Mọi nhóm"), not chosen
    for code, words in choices():
        if code != AT_RISK and code in shown:
            yield code, words, code == chosen


def _options(pairs: Iterable[tuple[str, object]], chosen: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple((code, str(words), code == chosen) for code, words in pairs)
