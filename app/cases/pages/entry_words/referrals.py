"""Entries of referrals: which service, to whom, and what came of it."""

from collections.abc import Callable, Iterable, Mapping

from app.cases.enums import EventKind
from app.cases.labels import label_of
from app.cases.queries.events import Entry
from app.web.words import _, _l

K = EventKind

_ENDS = {
    "recalled": _l("Nơi gửi thu hồi."),
    "expired": _l("Hết hạn, không ai trả lời."),
    "closed": _l("Nơi gửi đã xem kết quả và kết thúc."),
    "resent": _l("Gửi cho đơn vị khác."),
    "consent": _l("Sự đồng ý không còn, thông tin đã đóng lại."),
    "case_ended": _l("Hồ sơ đã kết thúc."),
}
_DECISIONS = {
    "answer_again": _l("Đơn vị nhận phải trả lời lại."),
    "send_elsewhere": _l("Gửi cho đơn vị khác."),
    "stand": _l("Giữ nguyên trả lời."),
}


def _service(entry: Entry) -> Iterable[str]:
    if service := entry.fact("service"):
        yield f"{label_of('referral_services', service)}."
    if to := entry.fact("to"):
        yield _("Nơi nhận: %(unit)s.", unit=to)


def _declined(entry: Entry) -> Iterable[str]:
    yield from _service(entry)
    if code := entry.fact("code"):
        yield f"{label_of('referral_declines', code)}."


def _completed(entry: Entry) -> Iterable[str]:
    yield from _service(entry)
    if code := entry.fact("code"):
        yield f"{label_of('referral_outcomes', code)}."


def _ended(entry: Entry) -> Iterable[str]:
    yield from _service(entry)
    if words := _ENDS.get(str(entry.fact("code"))):
        yield str(words)


def _decided(entry: Entry) -> Iterable[str]:
    yield from _service(entry)
    if words := _DECISIONS.get(str(entry.fact("code"))):
        yield str(words)


def _giver(entry: Entry) -> Iterable[str]:
    if giver := entry.fact("giver"):
        yield f"{label_of('consent_givers', giver)}."


def _prosecution(entry: Entry) -> Iterable[str]:
    if number := entry.fact("number"):
        yield _("Số %(number)s.", number=number)
    if code := entry.fact("code"):
        yield f"{label_of('prosecution_results', code)}."


DETAILS: Mapping[EventKind, Callable[[Entry], Iterable[str]]] = {
    K.REFERRAL_SENT: _service,
    K.REFERRAL_OPENED: _service,
    K.REFERRAL_ASKED: _service,
    K.REFERRAL_REPLIED: _service,
    K.REFERRAL_ACCEPTED: _service,
    K.REFERRAL_DECLINED: _declined,
    K.REFERRAL_CONTACTED: _service,
    K.REFERRAL_DELIVERED: _service,
    K.REFERRAL_COMPLETED: _completed,
    K.REFERRAL_ENDED: _ended,
    K.REFERRAL_DISPUTED: _service,
    K.REFERRAL_DECIDED: _decided,
    K.PROSECUTION_SIGNED: _prosecution,
    K.PROCURACY_INFORMED: _prosecution,
    K.PROSECUTION_RESULT: _prosecution,
    K.CONSENT_GIVEN: _giver,
    K.CONSENT_WITHDRAWN: _giver,
}
