"""The commands: facts anew, and the figures of a period for programs."""

import json

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.indicators.periods import Period
from app.indicators.queries.counting import figure


def run(app: Flask, *words: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["indicators", *words])
    return done.exit_code, done.output


def test_true_figures_are_computed_inside_only(app: Flask, province: Session) -> None:
    code, output = run(app, "compute", "--year", "2026", "--json", "--internal")
    assert code == 0
    found = json.loads(output)
    assert (
        found["figures"]["8a"]["numerator"]
        == figure(province, "8a", Period.parse("2026")).numerator
    )
    assert found["figures"]["8a"]["denominator"] > 800_000
    assert (
        found["tables"]["special.group_sex"]["cells"]["_T|_T"]
        == found["figures"]["8a"]["numerator"]
    )
    assert found["protected"] is False


def test_nothing_unprotected_is_printed_for_the_public(app: Flask, province: Session) -> None:
    code, output = run(app, "compute", "--year", "2026", "--json")
    assert code == 1
    assert "no protected figures" in output
    assert not any(letter == "{" for letter in output)


@pytest.mark.parametrize("words", [("--year", "26"), ("--year", "2026", "--as-of", "31/12/2026")])
def test_what_is_no_period_or_day_is_refused(app: Flask, words: tuple[str, ...]) -> None:
    code, output = run(app, "compute", *words, "--internal")
    assert code == 2
    assert "expected" in output


def test_as_of_a_day_in_the_past_less_was_known(app: Flask, province: Session) -> None:
    """By the end of June 2026 nothing recorded later counts; the past as it was known then."""
    _, now = run(app, "compute", "--year", "2025", "--json", "--internal")
    _, then = run(app, "compute", "--year", "2025", "--as-of", "2025-06-30", "--json", "--internal")
    later, earlier = json.loads(now)["figures"], json.loads(then)["figures"]
    assert earlier["received"]["numerator"] < later["received"]["numerator"]
    assert earlier["9"]["numerator"] <= later["9"]["numerator"]


def test_the_facts_are_rebuilt(app: Flask, province: Session) -> None:
    code, output = run(app, "rebuild")
    assert (code, "children in" in output) == (0, True)
