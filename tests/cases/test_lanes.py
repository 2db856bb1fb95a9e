"""The picture of a case: everything has a place, and no words stand on other words."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cases.lanes import Dot, Drawing, Ghost, Scene, draw, render
from app.cases.lanes.drawing import Label
from app.cases.lanes.scale import Scale

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LANES = (("hotline", "Tổng đài 111"), ("commune_pc", "UBND xã/phường"), ("police", "Công an"))

moments = st.one_of(
    st.integers(0, 12 * 60).map(lambda m: START + timedelta(minutes=m)),
    st.integers(0, 400 * 24 * 60).map(lambda m: START + timedelta(minutes=m)),
)
words = st.sampled_from(["", "Mẫu 01", "Mẫu 02", "tạm thời cách ly", "không cần biện pháp", "<b>&"])
dots = st.builds(
    Dot,
    lane=st.sampled_from([key for key, _ in LANES]),
    at=moments,
    label=words,
    title=st.just("Việc đã làm"),
    is_late=st.booleans(),
    is_locked=st.booleans(),
)
ghosts = st.builds(
    Ghost,
    label=st.sampled_from(["Tiếp nhận", "Can thiệp khẩn cấp: 12 giờ, muộn 3 ngày 2 giờ"]),
    at=moments,
    done_at=st.none() | moments,
    late_until=st.none() | moments,
)


def scene(dots: Sequence[Dot], ghosts: Sequence[Ghost], now: datetime | None = None) -> Scene:
    return Scene(
        law_name="Hạn theo luật",
        lanes=LANES,
        ghosts=tuple(ghosts),
        dots=tuple(dots),
        now=now,
        now_label="bây giờ 14:10",
        later="Rà soát, đóng hồ sơ →",
        aria_label="Các bước <theo> luật",
    )


scenes = st.builds(
    scene,
    st.lists(dots, max_size=40),
    st.lists(ghosts, min_size=1, max_size=8),
    st.none() | moments,
)


def meet(one: Label, other: Label) -> bool:
    """Do two texts of 12 pixels touch?"""
    return one.left < other.right and other.left < one.right and abs(one.y - other.y) < 12


@settings(max_examples=150, deadline=None)
@given(scenes)
def test_labels_of_a_lane_never_overlap(drawn: Scene) -> None:
    drawing = draw(drawn)
    for lane in (drawing.law, *drawing.lanes):
        for one, other in combinations(lane.labels, 2):
            assert not meet(one, other), (one, other)
        for above, below in pairwise(sorted(lane.marks, key=lambda mark: mark.x)):
            assert lane is drawing.law or below.x - above.x >= 14


@settings(max_examples=150, deadline=None)
@given(scenes)
def test_lanes_do_not_reach_into_each_other(drawn: Scene) -> None:
    drawing = draw(drawn)
    for upper, lower in pairwise((drawing.law, *drawing.lanes)):
        lowest = max([upper.y + 7, *(label.y + 3 for label in upper.labels)])
        highest = min([lower.y - 7, *(label.y - 11 for label in lower.labels)])
        assert lowest <= highest


@settings(max_examples=150, deadline=None)
@given(scenes)
def test_everything_is_inside_the_view_box(drawn: Scene) -> None:
    drawing = draw(drawn)
    for lane in (drawing.law, *drawing.lanes):
        for mark in lane.marks:
            assert 148 <= mark.x <= drawing.width - 7 and 30 <= mark.y <= drawing.height - 7
        for label in lane.labels:
            assert 0 <= label.left < label.right <= drawing.width
            assert 10 <= label.y <= drawing.height - 2
    if drawing.now_label is not None:
        assert drawing.now_label.left >= 0 and drawing.now_label.right <= drawing.width
        assert drawing.now_label.y <= drawing.height - 2
    for tick in drawing.ticks:
        assert 0 <= tick.x <= drawing.width


@settings(max_examples=100, deadline=None)
@given(scenes)
def test_the_line_of_now_strikes_no_words_through(drawn: Scene) -> None:
    drawing = draw(drawn)
    line = BeautifulSoup(render(drawing), "lxml").select_one("path.now")
    assert (line is None) == (drawing.now_x is None)
    if line is None or drawing.now_x is None:
        return
    numbers = [float(n) for n in re.findall(r"[\d.]+", str(line["d"]))]
    pieces = list(zip(numbers[1::3], numbers[2::3], strict=True))
    for lane in (drawing.law, *drawing.lanes):
        for label in lane.labels:
            if label.left <= drawing.now_x <= label.right:
                assert all(b <= label.y - 10 or a >= label.y + 4 for a, b in pieces)


@settings(max_examples=100, deadline=None)
@given(scenes)
def test_later_stands_further_right(drawn: Scene) -> None:
    found = sorted(drawn.moments())
    scale = Scale(found, 100, 1100)
    for earlier, later in pairwise(found):
        assert scale.x(earlier) <= scale.x(later)
        if later > earlier:
            assert scale.x(earlier) < scale.x(later)


@settings(max_examples=100, deadline=None)
@given(scenes)
def test_labels_of_the_axis_never_overlap(drawn: Scene) -> None:
    ticks = draw(drawn).ticks
    for left, right in pairwise(ticks):
        assert right.x - left.x >= 5 * 6


def test_no_thing_done_is_lost() -> None:
    many = [Dot("police", START + timedelta(seconds=s), "x", "Việc") for s in range(500)]
    drawing = draw(scene(many, [Ghost("Tiếp nhận", START)]))
    assert sum(mark.count for lane in drawing.lanes for mark in lane.marks) == 500


def test_an_empty_scene_has_no_axis() -> None:
    with pytest.raises(ValueError, match="axis"):
        draw(scene([], []))


def svg(drawing: Drawing) -> BeautifulSoup:
    return BeautifulSoup(render(drawing), "lxml")


def test_the_svg_has_words_for_those_who_cannot_see_it_and_nothing_inline() -> None:
    one = Dot("police", START, "<b>&", "<script>")
    text = render(draw(scene([one], [Ghost("Tiếp nhận", START)], START + timedelta(hours=3))))
    assert "<script>" not in text and "<b>" not in text
    root = BeautifulSoup(text, "lxml").select_one("svg")
    assert root is not None and root["role"] == "img"
    assert root["aria-label"] == "Các bước <theo> luật"
    assert not root.select("[style], [onclick], style, script")


def test_what_was_late_is_red_from_its_due_time_to_when_it_was_done() -> None:
    due, done = START + timedelta(hours=12), START + timedelta(hours=20)
    late = Ghost("Can thiệp: 12 giờ, muộn 8 giờ", due, done_at=done, late_until=done)
    drawing = draw(scene([Dot("police", done, "cách ly", "Cách ly", is_late=True)], [late]))
    ((start, end),) = drawing.overdue
    assert start < end and drawing.lanes[2].marks[0].x == end
    root = svg(drawing)
    assert root.select(".overdue line") and root.select(".done circle.over")
    assert root.select("text.over")


def test_what_was_done_in_time_is_marked_when_it_was_done_not_when_it_was_due() -> None:
    due, done = START + timedelta(hours=12), START + timedelta(hours=3)
    now = START + timedelta(hours=4)
    drawing = draw(scene([], [Ghost("Can thiệp: 12 giờ", due, done_at=done)], now))
    (check,), ((start, end),) = drawing.law.checks, drawing.spare
    assert check.x == start < (drawing.now_x or 0) < end == drawing.law.marks[0].x
    root = svg(drawing)
    assert root.select(".checks path") and root.select(".spare line")
    assert not root.select(".overdue line")


def test_every_step_of_the_law_keeps_its_words() -> None:
    """Three steps that are due together stand above each other."""
    names = [f"Bước thứ {n} trong hạn kế hoạch" for n in range(3)]
    due = START + timedelta(days=5)
    drawing = draw(scene([], [Ghost("Tiếp nhận", START), *(Ghost(name, due) for name in names)]))
    assert {label.text for label in drawing.law.labels} >= set(names)


def test_hours_have_room_beside_weeks() -> None:
    """Four steps in an afternoon stay apart though the plan is due in ten days."""
    afternoon = [
        Dot("commune_pc", START + timedelta(hours=h), f"việc {h}", "Việc") for h in range(4)
    ]
    drawing = draw(scene(afternoon, [Ghost("Kế hoạch", START + timedelta(days=10))]))
    lane = drawing.lanes[1]
    assert len(lane.marks) == 4 and len(lane.labels) == 4
