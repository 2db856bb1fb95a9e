"""What counts over time: Mẫu số 02 sets the level, Mẫu số 03 only raises it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from app.cases.enums import RISK_RANK, RiskLevel
from app.cases.lanes.steps import draw_steps
from app.cases.risk import RiskPoint, is_higher, steps_of

H, M, L = RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.LOW
START = datetime(2026, 2, 5, 1, 0, tzinfo=UTC)
NAMES = {H: "Cao", M: "Trung bình", L: "Thấp"}

points = st.builds(
    RiskPoint,
    at=st.integers(0, 400 * 24).map(lambda hours: START + timedelta(hours=hours)),
    level=st.sampled_from(RiskLevel),
    form=st.sampled_from(("Mẫu 02", "Mẫu <03>")),
    only_raises=st.booleans(),
)


def test_a_graver_finding_counts_and_a_lighter_one_is_kept_waiting() -> None:
    found = [
        RiskPoint(START, M, "Mẫu 02"),
        RiskPoint(START + timedelta(days=2), H, "Mẫu 03", only_raises=True),
        RiskPoint(START + timedelta(days=9), L, "Mẫu 03", only_raises=True),
        RiskPoint(START + timedelta(days=10), M, "Mẫu 02"),
    ]
    steps = steps_of(reversed(found))
    assert [step.counts for step in steps] == [M, H, H, M]
    assert [step.is_kept_higher for step in steps] == [False, False, True, False]


@given(found=st.lists(points, min_size=1, max_size=12))
def test_only_an_assessment_that_may_lower_ever_lowers(found: list[RiskPoint]) -> None:
    steps = steps_of(found)
    assert [step.point.at for step in steps] == sorted(point.at for point in found)
    for before, after in pairwise(steps):
        if after.point.only_raises:
            assert not is_higher(before.counts, after.counts)
            assert not is_higher(after.point.level, after.counts)
        else:
            assert after.counts is after.point.level


@given(found=st.lists(points, min_size=1, max_size=12))
def test_the_picture_has_every_point_in_its_place(found: list[RiskPoint]) -> None:
    steps = steps_of(found)
    svg = draw_steps(steps, until=START + timedelta(days=500), names=NAMES, aria_label="<a>")
    drawn = ET.fromstring(svg)  # noqa: S314  # our own; it must be well-formed
    circles = list(drawn.iter("circle"))
    assert [c.get("class", "").split()[0] for c in circles] == [
        f"l-{step.point.level.value.lower()}" for step in steps
    ]
    places = [float(c.get("cx", "")) for c in circles]
    assert places == sorted(places) and all(0 < x <= 420 for x in places)
    heights = {(RISK_RANK[s.point.level], c.get("cy")) for s, c in zip(steps, circles, strict=True)}
    assert len(heights) == len({rank for rank, _y in heights})
