"""Each kind of what is due has one place where it comes from, and is found by its kind."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import String, cast
from sqlalchemy.dialects import postgresql

from app.core import clock
from app.reminders.queries.sources import SOURCES, sources


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_what_comes_from_a_place_has_its_kind(app: Flask, kind: str) -> None:
    told = SOURCES[kind](clock.now()).selected_columns.kind
    words = str(
        cast(told, String).compile(
            dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
        )
    )
    assert f"'{kind}'" in words or f"'{kind}.'" in words


def test_those_of_some_kinds_alone_are_asked(app: Flask) -> None:
    now = clock.now() + timedelta(hours=1)
    assert len(sources(now)) == len(SOURCES)
    assert len(sources(now, {"clock.T_EMERG", "clock.T_PLAN", "visit"})) == 2
    assert sources(now, {"of nobody"}) == []
