"""Entries of a case that is handed over."""

from collections.abc import Callable, Iterable, Mapping

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.queries.events import Entry
from app.reference.communes import UnknownCommune, commune
from app.web.words import _, _l

_DECISIONS = {
    "accepted": _l("Đã nhận."),
    "declined": _l("Không nhận."),
    "withdrawn": _l("Đã rút lại."),
}


def _offered(entry: Entry) -> Iterable[str]:
    if province := entry.fact("province"):
        yield _("Ra ngoài tỉnh: %(province)s.", province=label_of("provinces", province))
        return
    if entry.fact("outside"):
        yield _("Ra ngoài tỉnh.")
        return
    if entry.fact("unit"):
        yield _("Đến đơn vị cấp tỉnh.")
        return
    try:
        yield _("Đến: %(commune)s.", commune=commune(str(entry.fact("commune"))).label)
    except UnknownCommune:
        return


def _answered(entry: Entry) -> Iterable[str]:
    words = _DECISIONS.get(str(entry.fact("decision")))
    if words:
        yield str(words)


DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.TRANSFER_OFFERED: _offered,
    EventKind.TRANSFER_ANSWERED: _answered,
}
