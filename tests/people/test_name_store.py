"""Names in memory: the fast search finds and ranks what a slow, obvious one does."""

import unicodedata
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.name_store import CAP, NameStore, Query, Tier
from app.reference.names import search_key

FAMILY = ("Nguyễn", "Trần", "Lê", "Đặng", "Lý")
MIDDLE = ("Thị", "Văn", "Minh", "")
GIVEN = ("Anh", "Ánh", "An", "Hòa", "Hoà", "Thủy", "Đạt", "Yến")

names = st.builds(
    lambda *parts: " ".join(filter(None, parts)),
    st.sampled_from(FAMILY),
    st.sampled_from(MIDDLE),
    st.sampled_from(GIVEN),
)
queries = st.lists(
    st.one_of(
        st.sampled_from([*FAMILY, *GIVEN, "thi", "ng", "a", "hoa", "ly", "dat"]),
        st.text("anhgiyđ ", min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=3,
).map(" ".join)


def store_of(*full_names: str) -> tuple[NameStore, list[uuid.UUID]]:
    store, ids = NameStore(), [uuid.uuid4() for _ in full_names]
    for child_id, name in zip(ids, full_names, strict=True):
        store.put(child_id, name)
    return store, ids


def found(store: NameStore, text: str, limit: int = 20) -> list[tuple[uuid.UUID, Tier]]:
    return [tuple(hit) for hit in store.find(Query.of(text), None, limit)]  # type: ignore[misc]


def naive(people: dict[uuid.UUID, str], text: str) -> set[uuid.UUID]:
    """Every word of the query stands somewhere in the name, marks left out."""
    words = search_key(text).split()
    return {i for i, name in people.items() if words and all(w in search_key(name) for w in words)}


@given(st.lists(names, max_size=60), queries, st.sets(st.integers(0, 59)))
def test_same_hits_as_a_naive_search(full_names: list[str], text: str, seen: set[int]) -> None:
    store, ids = store_of(*full_names)
    people = dict(zip(ids, full_names, strict=True))
    hits = {child for child, tier in found(store, text, 60) if tier is not Tier.ALIKE}
    assert hits == naive(people, text)
    visible = {ids[n] for n in seen if n < len(ids)}
    places = store.places_of(b"".join(child.bytes for child in visible))
    within = store.find(Query.of(text), places, 60)
    assert {hit.child_id for hit in within} <= visible
    assert {h.child_id for h in within if h.tier is not Tier.ALIKE} == naive(people, text) & visible


@given(st.lists(names, min_size=1, max_size=40), st.data())
def test_replaced_and_removed_names_are_gone(full_names: list[str], data: st.DataObject) -> None:
    store, ids = store_of(*full_names)
    changed = data.draw(st.sampled_from(ids))
    gone = data.draw(st.sampled_from(ids))
    store.put(changed, "Zzyx Qwop")
    store.remove(gone)
    for copy in (store, store.compacted()):
        expected = [] if changed == gone else [changed]
        assert [child for child, _tier in found(copy, "zzyx")] == expected
        left = dict(zip(ids, full_names, strict=True))
        left = {i: n for i, n in left.items() if i not in (changed, gone)}
        hits = {i for i, tier in found(copy, "a", 60) if tier is not Tier.ALIKE}
        assert hits == naive(left, "a")


def test_ranked_from_the_same_name_to_one_spelled_alike() -> None:
    wanted = ["Lê Thị Ánh", "Lê Thị Anh", "Lê Thị Ngọc Anh", "Anh Lê Thị Thu", "Lê Thị Hạnh"]
    store, ids = store_of(*reversed(wanted))
    order = dict(zip(ids, reversed(wanted), strict=True))
    hits = found(store, "Lê Thị Ánh")
    assert [order[child] for child, _ in hits] == wanted
    assert [t for _, t in hits] == [Tier.SAME, Tier.KEY, Tier.PREFIX, Tier.PREFIX, Tier.INSIDE]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Hoà", "Trần Hòa"),
        ("hòa", "Trần Hoà"),
        ("ly", "Lí Văn Tý"),
        (unicodedata.normalize("NFD", "Đặng Thị Thủy"), "Đặng Thị Thuỷ"),
        ("NGUYỄN   văn  ẤN", "Nguyễn Văn Ấn"),
    ],
)
def test_every_spelling_finds_the_name(typed: str, name: str) -> None:
    store, ids = store_of(name, "Phạm Bích Ngọc")
    assert found(store, typed)[0][0] == ids[0]


@pytest.mark.parametrize("typed", ["nguyne thi anh", "nguyen thi amh", "nguyem thii anh"])
def test_typing_errors_are_forgiven(typed: str) -> None:
    store, ids = store_of("Nguyễn Thị Anh", "Trần Văn Bình")
    assert found(store, typed) == [(ids[0], Tier.ALIKE)]


def test_an_alias_finds_the_child() -> None:
    store, child = NameStore(), uuid.uuid4()
    store.put(child, "Nguyễn Thị Anh", "Bống; Cún con")
    assert found(store, "cun con") == [(child, Tier.KEY)]


def test_an_equal_name_is_never_cut_off() -> None:
    """So many namesakes that most are not ranked: the one who is called just so comes first."""
    store, ids = store_of(*["Nguyễn Thị Anh"] * (CAP * 3), "Anh")
    assert found(store, "anh", 5)[0] == (ids[-1], Tier.SAME)
    assert len(found(store, "anh", 5)) == 5


def test_nothing_and_nonsense_find_nothing() -> None:
    store, _ids = store_of("Nguyễn Thị Anh")
    assert found(store, " \u0301 --- ") == []
    assert found(store, "x" * 5000) == []


def test_similar_names_closest_first() -> None:
    store, ids = store_of("Nguyễn Thị Ánh", "Nguyễn Thị Ánh Tuyết", "Nguyễn Thi Anh", "Lê Văn Ba")
    alike = store.similar("Nguyễn Thị Ánh", 10)
    assert {a.child_id for a in alike} == {ids[0], ids[2]}
    assert {a.child_id: a.is_same for a in alike} == {ids[0]: True, ids[2]: False}


def test_remembered_places_follow_every_change() -> None:
    store = NameStore()
    one, two = uuid.uuid4(), uuid.uuid4()
    both = one.bytes + two.bytes
    store.put(one, "Nguyễn Minh Anh")
    assert names_of(store, both, "minh anh") == {one}
    store.put(two, "Trần Minh Anh")
    assert names_of(store, both, "minh anh") == {one, two}
    store.put(one, "Nguyễn Thu Hà")
    assert names_of(store, both, "minh anh") == {two}
    store.remove(two)
    assert names_of(store, both, "minh anh") == set()


def names_of(store: NameStore, visible: bytes, typed: str) -> set[uuid.UUID]:
    return {hit.child_id for hit in store.find(Query.of(typed), store.places_of(visible), 10)}
