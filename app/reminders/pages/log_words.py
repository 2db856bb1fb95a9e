"""What the log says of an answer to a reminder: which, to what; never a word of its reason."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from flask_babel import LazyString

from app.core import clock
from app.reminders.pages.words import kind_words
from app.reminders.services.answers import HANDED_OVER, LATER, NOT_NEEDED, NOTED
from app.web.words import _, _l

_SAID: Mapping[str, LazyString] = {
    LATER: _l("Để sau"),
    NOT_NEEDED: _l("Xin không làm"),
    HANDED_OVER: _l("Giao cho đồng nghiệp"),
    NOTED: _l("Đã biết"),
    "approved": _l("Đồng ý không làm"),
    "refused": _l("Không đồng ý"),
    "done": _l("Đã xong"),
}


def answer_words(data: Mapping[str, object]) -> Iterable[str]:
    """Codes and a time only, so open to every reader of the log."""
    answer, kind = str(data.get("answer") or ""), str(data.get("kind") or "")
    until = _until(data.get("until"))
    if answer == LATER and until:
        yield _("Để sau đến %(when)s: %(what)s.", when=until, what=kind_words(kind))
    elif answer in _SAID:
        yield f"{_SAID[answer]}: {kind_words(kind)}."


def _until(stored: object) -> str:
    try:
        moment = datetime.fromisoformat(str(stored))
    except ValueError:
        return ""
    return f"{clock.local(moment):%H:%M %d/%m}"
