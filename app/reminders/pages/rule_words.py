"""Steps of the rules as sentences."""

from collections.abc import Mapping

from flask_babel import LazyString

from app.reminders.pages import words
from app.reminders.rules import Step, Whom
from app.web.words import _, _l

WHOM: Mapping[Whom, LazyString] = {
    **words.WHOM,
    Whom.CHAIR: _l("Chủ tịch"),
    Whom.LEAD: _l("phụ trách đơn vị nhận"),
    Whom.OFFICER: _l("cán bộ của nơi nhận"),
    Whom.SELF: _l("người đã tự đặt"),
}
_DAY = 24


def sentence(step: Step) -> str:
    """24 giờ sau hạn: Chủ tịch; ghi lên dòng thời gian."""
    said = f"{when_words(step)}: {', '.join(str(WHOM[one]) for one in step.whom)}"
    return f"{said}; {_('ghi lên dòng thời gian')}" if step.escalates else said


def when_words(step: Step) -> str:
    if step.before:
        return _("%(span)s trước hạn", span=_span(step.before))
    if step.after:
        return _("%(span)s sau hạn", span=_span(step.after))
    if step.part == 0:
        return _("Ngay khi bắt đầu")
    if step.part == 1:
        return _("Đúng lúc hết hạn")
    if step.part == 0.5:
        return _("Khi đã qua một nửa thời hạn")
    percent = f"{(step.part or 0) * 100:.4g}".replace(".", ",")
    return _("Khi đã qua %(percent)s%% thời hạn", percent=percent)


def _span(hours: int) -> str:
    """Whole days from two on."""
    if hours > _DAY and hours % _DAY == 0:
        return _("%(n)s ngày", n=hours // _DAY)
    return _("%(n)s giờ", n=hours)
