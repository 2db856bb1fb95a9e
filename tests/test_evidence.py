"""docs/evidence.toml: each promise is measured by a test that is there, and the page says what was
measured."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from scripts.evidence import (
    FORMS,
    ROOT,
    Promises,
    joined,
    kept,
    measured_by,
    of_the_run,
    page,
    promises,
    renewed,
)
from scripts.evidence import PAGE as WRITTEN
from tests.evidence import Evidence, note

SAID = {"promise", "goal", *FORMS}


@cache
def calls(path: str) -> dict[str, set[str]]:
    """By test of this file: the promises it says something of."""
    found: dict[str, set[str]] = {}
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            found[function.name] = set(_said(function))
    return found


def _said(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "evidence":
            assert isinstance(node.args[0], ast.Constant), "the promise is named, not worked out"
            yield str(node.args[0].value)


def problems(known: Promises) -> list[str]:
    """What is wrong with the list of promises."""
    found = []
    for name, promise in known.items():
        if extra := set(promise) - SAID:
            found.append(f"{name}: {sorted(extra)}")
        if not all(promise.get(word) for word in ("promise", "goal")):
            found.append(f"{name}: does not say what is promised")
        if not measured_by(promise):
            found.append(f"{name}: no test measures it")
        for form, test in measured_by(promise).items():
            path, _, function = test.partition("::")
            if not (ROOT / path).is_file() or function not in calls(path):
                found.append(f"{name}, {form}: there is no {test}")
            elif name not in calls(path)[function]:
                found.append(f"{name}, {form}: {test} measures nothing of it")
    return found


def test_each_promise_is_measured_by_tests_that_are_there() -> None:
    assert problems(promises()) == []


def test_what_is_measured_is_promised() -> None:
    listed = {
        (name, test) for name, one in promises().items() for test in measured_by(one).values()
    }
    said = {
        (promise, f"{path}::{function}")
        for path in _files()
        for function, found in calls(path).items()
        for promise in found
    }
    assert said == listed


def _files() -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "evidence" in path.read_text(encoding="utf-8") and path != Path(__file__)
    ]


def test_the_page_says_what_was_measured() -> None:
    known = promises()
    assert renewed(kept(), {}, known) == kept(), "run scripts/evidence.py"
    assert WRITTEN.read_text(encoding="utf-8") == page(known, kept()), "run scripts/evidence.py"


GOOD = {"promise": "Nothing is lost", "goal": "0", "short": "tests/test_canaries.py::test_x"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"short": None}, "no test measures it"),
        ({"short": "tests/no_such.py::test_x"}, "there is no"),
        ({"short": "tests/test_evidence.py::test_no_such"}, "there is no"),
        ({"short": "tests/test_tiers.py::test_ci_runs_all_but_the_long_tests"}, "nothing"),
        ({"goal": ""}, "does not say"),
        ({"note": "x"}, "note"),
    ],
)
def test_a_bad_promise_is_named(changed: dict[str, str | None], words: str) -> None:
    promise = {key: value for key, value in {**GOOD, **changed}.items() if value is not None}
    assert any(words in one for one in problems({"p": promise}))


def test_a_page_that_is_older_than_its_figures_is_noticed() -> None:
    known, figures = promises(), kept()
    name = next(iter(known))
    form, test = next(iter(measured_by(known[name]).items()))
    told = {"figure": "17 of 3", "numbers": {}, "test": test, "measured": "2026-01-01"}
    assert page(known, {**figures, name: {form: told}}) != WRITTEN.read_text(encoding="utf-8")


def test_figures_of_parameters_and_processes_are_one(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    figure = "{lost} of {sent:,} lost, {most_seconds:.1f} s"
    note(request.node, "p", figure, {"lost": 0, "sent": 1000, "most_seconds": 2.0}, tmp_path)
    again = {"lost": 1, "sent": 500, "most_seconds": 1.0}
    (first,) = of_the_run(tmp_path)
    (found,) = joined([first, {**first, "numbers": again}], "2026-11-26")["p"].values()
    assert found["figure"] == "1 of 1,500 lost, 2.0 s"
    assert (found["test"], found["measured"]) == (request.node.nodeid, "2026-11-26")
    note(request.node, "p", figure, again, tmp_path)
    assert [one["numbers"] for one in of_the_run(tmp_path)] == [again], "a second run replaces it"
    with pytest.raises(KeyError):
        note(request.node, "p", "{unknown}", {}, tmp_path)


def test_what_is_no_longer_promised_or_measured_is_dropped() -> None:
    old = {"gone": {}, "p": {"short": {"test": "a"}, "wide": {"test": "d"}, "long": {"test": "b"}}}
    known = {"p": {"short": "a", "long": "c"}}
    assert renewed(old, {}, known) == {"p": {"short": {"test": "a"}}}


def test_a_figure_that_no_promise_lists_is_refused(evidence: Evidence) -> None:
    with pytest.raises(AssertionError, match=r"guards: .* names tests/test_guards\.py"):
        evidence("guards", "{removed}", removed=1)
