"""What the log says of a step of a referral: which, of which need, with which answer."""

from collections.abc import Iterable, Mapping

from app.cases.labels import label_of
from app.referrals.enums import StepKind
from app.referrals.words import DECISIONS, RECALLS, STEPS

_LISTS = {StepKind.DECLINED: "referral_declines", StepKind.COMPLETED: "referral_outcomes"}
_CODES = {str(one): words for known in (DECISIONS, RECALLS) for one, words in known.items()}


def step_words(data: Mapping[str, object]) -> Iterable[str]:
    """Codes only, so open to every reader of the log. What is no step was a refused attempt."""
    step, code = str(data.get("step") or ""), str(data.get("code") or "")
    kind = StepKind(step) if step in set(StepKind) else None
    if kind is not None:
        yield f"{STEPS[kind]}."
    if service := data.get("service"):
        yield f"{label_of('referral_services', str(service))}."
    if code and kind in _LISTS:
        yield f"{label_of(_LISTS[kind], code)}."
    elif code in _CODES:
        yield f"{_CODES[code]}."
