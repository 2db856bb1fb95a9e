"""The scoring rules of the risk assessments: pure functions from ratings to a level.

Which rule reads a form is stated in the form's data file (`scoring.rule`, `scoring.version`): a
changed scale is a further rule, and old assessments keep theirs.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.cases.enums import RiskLevel
from app.reference.form_definition import FormDefinition

Rating = RiskLevel  # Cao, Trung bình, Thấp of one item

_SEVERITY = {RiskLevel.LOW: 0, RiskLevel.MEDIUM: 1, RiskLevel.HIGH: 2}


class UnratedItems(ValueError):
    """Not every item of the form has a rating; `codes` names those without one."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = tuple(codes)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items were rated Cao, Trung bình and Thấp: the row of totals of the form."""

    high: int
    medium: int
    low: int

    @classmethod
    def of(cls, ratings: Sequence[Rating]) -> "Counts":
        found = Counter(ratings)
        return cls(found[Rating.HIGH], found[Rating.MEDIUM], found[Rating.LOW])

    def as_dict(self) -> dict[str, int]:
        return {"HIGH": self.high, "MEDIUM": self.medium, "LOW": self.low}


@dataclass(frozen=True, slots=True)
class Score:
    """The computed level. `reasons` are codes of the list `score_reasons`."""

    harm_counts: Counts
    protect_counts: Counts
    level: RiskLevel
    is_emergency: bool
    reasons: tuple[str, ...]


def score(harm: Sequence[Rating], protect: Sequence[Rating], *, life_threatening: bool) -> Score:
    """Rule `counts`, version 1 (Mẫu số 02, part 1.c).

    Emergency: harm mostly Cao or Trung bình and protection mostly Thấp or Trung bình, or a life in
    danger. Low: harm mostly Thấp and protection mostly Cao. All else is medium, so that a tie never
    leads to the low level. Raises ValueError without ratings.
    """
    if not harm or not protect:
        raise ValueError("a score needs ratings of harm and of protection")
    harmed, protected = Counts.of(harm), Counts.of(protect)
    harm_balance = harmed.high + harmed.medium - harmed.low
    gap_balance = protected.low + protected.medium - protected.high
    is_emergency = life_threatening or (harm_balance > 0 and gap_balance > 0)
    is_low = harm_balance < 0 and gap_balance < 0
    reasons = (
        *(("life_threatening",) if life_threatening else ()),
        _reason(harm_balance, "harm_mostly_high", "harm_tied", "harm_mostly_low"),
        _reason(gap_balance, "protection_mostly_low", "protection_tied", "protection_mostly_high"),
    )
    level = _level(is_emergency=is_emergency, is_low=is_low)
    return Score(harmed, protected, level, is_emergency, reasons)


RULES: Mapping[tuple[str, int], Callable[..., Score]] = {("counts", 1): score}


def score_form(
    form: FormDefinition, answers: Mapping[str, Rating], *, life_threatening: bool
) -> Score:
    """The score of one filled-in form by the rule its definition names.

    Raises UnratedItems; KeyError for a form without a known rule.
    """
    missing = [item.code for item in form.items if item.code not in answers]
    if missing:
        raise UnratedItems(missing)
    if form.scoring is None:
        raise KeyError(form.number)
    rule = RULES[form.scoring.rule, form.scoring.version]
    return rule(
        [answers[item.code] for item in form.items_of("harm")],
        [answers[item.code] for item in form.items_of("protection")],
        life_threatening=life_threatening,
    )


def higher(computed: RiskLevel, held: RiskLevel | None) -> RiskLevel:
    """The graver of the computed level and the one that counts in the case already."""
    return max(computed, held or computed, key=_SEVERITY.__getitem__)


def is_lowered(computed: RiskLevel, wanted: RiskLevel) -> bool:
    """Does the officer want less than computed? Then a reason and a second signature are needed."""
    return _SEVERITY[wanted] < _SEVERITY[computed]


def _level(*, is_emergency: bool, is_low: bool) -> RiskLevel:
    if is_emergency:
        return RiskLevel.HIGH
    return RiskLevel.LOW if is_low else RiskLevel.MEDIUM


def _reason(balance: int, positive: str, tied: str, negative: str) -> str:
    if balance == 0:
        return tied
    return positive if balance > 0 else negative
