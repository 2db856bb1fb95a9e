"""What the other side said last: shown above the form that answers it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.referrals.enums import ReferralState, StepKind
from app.referrals.models import Referral
from app.referrals.pages.history import history_lines
from app.referrals.queries.referral import StepView
from app.web.words import _, _l

S, K = ReferralState, StepKind
_ANSWERS = {
    S.COMPLETED: (K.COMPLETED, _l("Kết quả")),
    S.DECLINED: (K.DECLINED, _l("Lý do từ chối")),
}
_ASIDE = frozenset({K.REMINDED, K.ASSIGNED, K.OPENED})


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of one step, and who wrote them; `code` is what was chosen from a list."""

    title: str
    code: str
    words: str
    by: str


def quotes_for_sender(referral: Referral, steps: Sequence[StepView]) -> tuple[Quote, ...]:
    """The question that waits, the outcome, or why it was declined. `steps` without words where
    the reader may have none."""
    if referral.is_asked:
        return tuple(_last(steps, K.INFO_ASKED, _("Nơi nhận hỏi")))
    kind, title = _ANSWERS.get(referral.state, (None, ""))
    return tuple(_last(steps, kind, str(title))) if kind else ()


def quotes_for_receiver(referral: Referral, steps: Sequence[StepView]) -> tuple[Quote, ...]:
    """The sender's answer beside what was asked, until this side goes on; a question that waits."""
    asked = _last(steps, K.INFO_ASKED, _("Đơn vị bạn đã hỏi"))
    if referral.is_asked:
        return tuple(asked)
    moved = [one.kind for one in steps if one.kind not in _ASIDE]
    if not referral.is_open or moved[-1:] != [K.INFO_ANSWERED]:
        return ()
    return (*asked, *_last(steps, K.INFO_ANSWERED, _("Nơi gửi trả lời")))


def taker_words(steps: Sequence[StepView]) -> str:
    """Who took it on at a body without an account: name, position, phone."""
    taken = [one.note for one in steps if one.kind is K.ACCEPTED and one.note]
    return taken[-1] if taken else ""


def _last(steps: Sequence[StepView], kind: StepKind, title: str) -> Iterable[Quote]:
    found = [one for one in steps if one.kind is kind][-1:]
    for line in history_lines(found):
        by = " · ".join(filter(None, (line.by, line.when)))
        if line.details or line.note:
            yield Quote(title, ". ".join(line.details), line.note, by)
