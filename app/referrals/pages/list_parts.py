"""Tabs, filters and the empty page, as the inbox and the list of what was sent have them."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol, TypeVar

from flask_babel import LazyString

from app.cases.pages.list_filters import Box
from app.referrals.enums import Urgency
from app.referrals.pages.lines import count_words, service_words, urgency_mark
from app.web.words import _

T = TypeVar("T")


class Tab(NamedTuple):
    label: str
    url: str
    waiting: str
    is_on: bool


class Wanted(Protocol):
    """What of both filters these parts look at."""

    @property
    def number(self) -> object | None: ...
    @property
    def active(self) -> list[str]: ...
    @property
    def service(self) -> str: ...
    @property
    def urgency(self) -> Urgency | None: ...


def tabs(
    labels: Mapping[T, LazyString],
    counts: Mapping[T, int],
    *,
    chosen: T | None,
    address: Callable[[T], str],
) -> tuple[Tab, ...]:
    """In the order of `counts`. `chosen` is None for a search, which belongs to no tab."""
    return tuple(
        Tab(str(labels[stage]), address(stage), count_words(count), stage == chosen)
        for stage, count in counts.items()
    )


def box(name: str, label: str, options: Iterable[tuple[str, object]], chosen: str) -> Box:
    """One choice of the filter, "Tất cả" before all others."""
    all_of_them = [("", _("Tất cả")), *((code, str(words)) for code, words in options)]
    return Box(name, label, tuple((code, words, code == chosen) for code, words in all_of_them))


def need_boxes(wanted: Wanted, services: Iterable[str]) -> Iterable[Box]:
    """The choice among these services, and the urgency."""
    offered = ((code, service_words(code)) for code in services)
    yield box("service", _("Việc được nhờ"), offered, wanted.service)
    levels = ((level.value, urgency_mark(level).words) for level in Urgency)
    yield box("urgency", _("Mức khẩn"), levels, wanted.urgency.value if wanted.urgency else "")


def empty_words(wanted: Wanted, of_tab: tuple[LazyString, LazyString]) -> tuple[str, str]:
    """What stands where nothing was found: a title and what to do."""
    if wanted.number is not None:
        return _("Không có phiếu nào mang số này"), _("Xem lại số trên phiếu hoặc trong thư.")
    if wanted.active:
        return _("Không có phiếu nào khớp"), _("Bỏ bớt điều kiện lọc.")
    return str(of_tab[0]), str(of_tab[1])
