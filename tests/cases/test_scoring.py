"""The scoring rule of Mẫu số 02: its table, its ties, and that more danger never means less."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.enums import RiskLevel
from app.cases.scoring import Counts, UnratedItems, is_lowered, score, score_form
from app.reference.library import code_list, form_definition

H, M, L = RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.LOW
ORDER = [L, M, H]
RATINGS = st.lists(st.sampled_from(ORDER), min_size=1, max_size=5)
PAIRS = list(product(ORDER, repeat=2))


@pytest.mark.parametrize(
    ("harm", "protect", "level"),
    [
        ((H, H), (L, L), H),
        ((H, M), (L, M), H),
        ((M, M), (M, M), H),
        ((L, L), (H, H), L),
        ((H, H), (H, H), M),
        ((L, L), (L, L), M),
        ((M, M), (H, L), M),
        ((H, L), (H, H), M),
        ((H, L), (L, L), M),
    ],
)
def test_the_level_follows_the_counts(
    harm: tuple[RiskLevel, ...], protect: tuple[RiskLevel, ...], level: RiskLevel
) -> None:
    result = score(harm, protect, life_threatening=False)
    assert result.level is level
    assert result.is_emergency is (level is H)


@given(RATINGS, RATINGS)
def test_a_life_in_danger_is_always_an_emergency(
    harm: list[RiskLevel], protect: list[RiskLevel]
) -> None:
    result = score(harm, protect, life_threatening=True)
    assert (result.level, result.is_emergency) == (H, True)
    assert result.reasons[0] == "life_threatening"


def test_a_tie_never_leads_to_the_low_level() -> None:
    scores = [score(one, two, life_threatening=False) for one in PAIRS for two in PAIRS]
    tied = [s.level for s in scores if {"harm_tied", "protection_tied"} & set(s.reasons)]
    assert len(tied) == 56
    assert L not in tied


def test_of_all_answers_to_mau_02_a_fifth_is_an_emergency() -> None:
    levels = [score(one, two, life_threatening=False).level for one in PAIRS for two in PAIRS]
    assert {level: levels.count(level) for level in ORDER} == {L: 1, M: 64, H: 16}


@given(RATINGS, RATINGS, st.booleans(), st.data())
def test_more_harm_never_lowers_the_level(
    harm: list[RiskLevel], protect: list[RiskLevel], danger: bool, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(harm) - 1))
    worse = [*harm]
    worse[place] = data.draw(st.sampled_from(ORDER[ORDER.index(harm[place]) :]))
    one = score(harm, protect, life_threatening=danger)
    other = score(worse, protect, life_threatening=danger)
    assert not is_lowered(one.level, other.level)


@given(RATINGS, RATINGS, st.booleans(), st.data())
def test_less_protection_never_lowers_the_level(
    harm: list[RiskLevel], protect: list[RiskLevel], danger: bool, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(protect) - 1))
    weaker = [*protect]
    weaker[place] = data.draw(st.sampled_from(ORDER[: ORDER.index(protect[place]) + 1]))
    one = score(harm, protect, life_threatening=danger)
    other = score(harm, weaker, life_threatening=danger)
    assert not is_lowered(one.level, other.level)


@given(RATINGS, RATINGS, st.data())
def test_the_order_of_items_plays_no_part(
    harm: list[RiskLevel], protect: list[RiskLevel], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(harm))
    one = score(harm, protect, life_threatening=False)
    assert score(shuffled, protect, life_threatening=False) == one


def test_the_counts_are_the_rows_of_totals() -> None:
    result = score((H, L), (M, L), life_threatening=False)
    assert result.harm_counts.as_dict() == {"HIGH": 1, "MEDIUM": 0, "LOW": 1}
    assert result.protect_counts == Counts(high=0, medium=1, low=1)


@given(RATINGS, RATINGS, st.booleans())
def test_every_reason_has_a_text(
    harm: list[RiskLevel], protect: list[RiskLevel], danger: bool
) -> None:
    reasons = score(harm, protect, life_threatening=danger).reasons
    assert len(reasons) == 2 + danger
    assert all(reason in code_list("score_reasons") for reason in reasons)


def test_a_form_is_scored_by_the_rule_it_names() -> None:
    form = form_definition("form02")
    result = score_form(form, {"H1": H, "H2": M, "P1": L, "P2": L}, life_threatening=False)
    assert (result.level, result.harm_counts) == (H, Counts(1, 1, 0))


def test_every_item_must_be_rated() -> None:
    with pytest.raises(UnratedItems) as error:
        score_form(form_definition("form02"), {"H1": H, "P2": L}, life_threatening=False)
    assert error.value.codes == ("H2", "P1")


def test_a_form_without_items_has_no_score() -> None:
    with pytest.raises(KeyError):
        score_form(form_definition("form01"), {}, life_threatening=False)
    with pytest.raises(ValueError, match="ratings"):
        score([], [L], life_threatening=False)


def test_only_less_than_computed_is_lowered() -> None:
    lowered = {(one, other) for one in ORDER for other in ORDER if is_lowered(one, other)}
    assert lowered == {(H, M), (H, L), (M, L)}
