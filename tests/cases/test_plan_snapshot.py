"""Two snapshots: the difference names exactly what changed; the digest is of the content alone."""

import json
import random
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.cases.plan_snapshot import (
    EMPTY,
    PARTS,
    PLAN_FIELDS,
    ChangeKind,
    Snapshot,
    canonical,
    differences,
    digest_of,
    read_snapshot,
)

WORDS = st.one_of(st.none(), st.text(max_size=12))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    ids = draw(st.lists(st.uuids(), unique=True, max_size=12))
    snapshot: Snapshot = {name: draw(WORDS) for name in PLAN_FIELDS}
    for part in PARTS:
        taken, ids = ids[:4], ids[4:]
        snapshot[part] = [
            {"id": str(row_id), **{name: draw(WORDS) for name in PARTS[part]}} for row_id in taken
        ]
    return snapshot


@st.composite
def edits(draw: st.DrawFn) -> tuple[Snapshot, Snapshot, set[tuple[Any, ...]]]:
    """(before, after, what was done): each row kept, changed, or taken out; rows added."""
    before = draw(snapshots())
    after, done = deepcopy(before), set()
    for name in draw(st.sets(st.sampled_from(PLAN_FIELDS))):
        after[name] = f"{before[name] or ''}*"
        done.add((ChangeKind.CHANGED, "plan", "", name))
    for part, fields in PARTS.items():
        kept = []
        for row in after[part]:
            what = draw(st.sampled_from(("keep", "change", "remove")))
            if what == "remove":
                done.add((ChangeKind.REMOVED, part, row["id"], None))
                continue
            if what == "change":
                for name in draw(st.sets(st.sampled_from(fields), min_size=1)):
                    row[name] = f"{row[name] or ''}*"
                    done.add((ChangeKind.CHANGED, part, row["id"], name))
            kept.append(row)
        for row_id in draw(st.lists(st.uuids(), unique=True, max_size=2)):
            kept.append({"id": f"new-{row_id}", **dict.fromkeys(fields, "mới")})
            done.add((ChangeKind.ADDED, part, f"new-{row_id}", None))
        after[part] = kept
    return before, after, done


def named(before: Snapshot, after: Snapshot) -> set[tuple[Any, ...]]:
    found = set()
    for change in differences(before, after):
        names = [one.name for one in change.fields]
        if change.kind is not ChangeKind.CHANGED:
            names = [None]  # type: ignore[list-item]
        found |= {(change.kind, change.part, change.row_id, name) for name in names}
    return found


@given(edits())
def test_the_difference_names_exactly_what_was_done(
    edit: tuple[Snapshot, Snapshot, set[tuple[Any, ...]]],
) -> None:
    before, after, done = edit
    assert named(before, after) == done


@given(snapshots())
def test_a_snapshot_does_not_differ_from_itself_as_kept(snapshot: Snapshot) -> None:
    kept = read_snapshot(canonical(snapshot))
    assert kept == snapshot
    assert differences(snapshot, kept) == []


@given(edits())
def test_the_way_back_takes_out_what_was_added(
    edit: tuple[Snapshot, Snapshot, set[tuple[Any, ...]]],
) -> None:
    before, after, _done = edit
    there, back = named(before, after), named(after, before)
    turned = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
    assert back == {(turned.get(kind, kind), *rest) for kind, *rest in there}


@given(snapshots(), st.randoms())
def test_the_digest_is_of_the_content_alone(snapshot: Snapshot, order: random.Random) -> None:
    shuffled = _shuffled(snapshot, order)
    assert digest_of(canonical(shuffled)) == digest_of(canonical(snapshot))
    again = json.loads(canonical(snapshot))
    assert digest_of(canonical(again)) == digest_of(canonical(snapshot))


@given(edits())
def test_another_content_has_another_digest(
    edit: tuple[Snapshot, Snapshot, set[tuple[Any, ...]]],
) -> None:
    before, after, done = edit
    same = digest_of(canonical(before)) == digest_of(canonical(after))
    assert same == (not done)


def test_another_order_is_said_in_one_line() -> None:
    rows = [{"id": code, "domain": "safety", "text": code} for code in "abc"]
    before, after = {**EMPTY, "problems": rows}, {**EMPTY, "problems": rows[::-1]}
    (change,) = differences(before, after)
    assert (change.kind, change.part, change.fields) == (ChangeKind.MOVED, "problems", ())


def _shuffled(value: Any, order: random.Random) -> Any:
    """The same content with the keys of its objects in another order."""
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {name: _shuffled(value[name], order) for name in names}
    if isinstance(value, list):
        return [_shuffled(item, order) for item in value]
    return value
