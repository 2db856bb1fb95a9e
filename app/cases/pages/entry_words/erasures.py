"""Entries of legal holds and of the erasure of the child."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.pages.erasures import WHY
from app.cases.queries.events import Entry
from app.web.filters import vn_datetime
from app.web.words import _


def _hold(entry: Entry) -> Iterable[str]:
    if ground := entry.fact("ground"):
        yield _("Căn cứ: %(ground)s.", ground=label_of("hold_grounds", ground))


def _asked(entry: Entry) -> Iterable[str]:
    if ground := entry.fact("ground"):
        yield _("Căn cứ: %(ground)s.", ground=label_of("erasure_grounds", ground))


def _decided(entry: Entry) -> Iterable[str]:
    decision = entry.fact("decision")
    if decision in ("approved", "refused"):
        yield _("Đồng ý.") if decision == "approved" else _("Không đồng ý.")
    if due := entry.fact("due"):
        yield _("Xóa sau: %(when)s.", when=_moment(due))


def _stopped(entry: Entry) -> Iterable[str]:
    why = entry.fact("why")
    codes = why if isinstance(why, list) else []
    yield from (str(WHY[code]) for code in codes if code in WHY)


def _erased(entry: Entry) -> Iterable[str]:
    if asked := entry.fact("asked"):
        yield _("Đề nghị lúc %(when)s.", when=_moment(asked))
    if decided := entry.fact("decided"):
        yield _("Người thứ hai đồng ý lúc %(when)s.", when=_moment(decided))


def _moment(text: object) -> str:
    return vn_datetime(datetime.fromisoformat(str(text)))


DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    EventKind.HOLD_SET: _hold,
    EventKind.HOLD_LIFTED: _hold,
    EventKind.ERASURE_ASKED: _asked,
    EventKind.ERASURE_DECIDED: _decided,
    EventKind.ERASURE_STOPPED: _stopped,
    EventKind.CHILD_ERASED: _erased,
}
