"""Opening a page changes nothing but what tells that it was opened: what does is a POST."""

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.test_bad_addresses import opened, walk
from tests.test_bad_input import WRITTEN


def contents(superuser: Engine) -> dict[str, str]:
    """Each table of what people record, as one digest of its rows."""
    rows = "coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')"
    parts = ", ".join(f"(SELECT {rows} FROM {table} t) AS {table}" for table in WRITTEN)
    with superuser.connect() as connection:
        return dict(connection.execute(text(f"SELECT {parts}")).mappings().one())


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [table for table in before if before[table] != after[table]]


@pytest.mark.wide
def test_no_page_writes_when_it_is_opened(app: Flask, session: Session, superuser: Engine) -> None:
    before: dict[str, str] = {}
    for browser, path in walk(app, session):
        if not before:
            before = contents(superuser)
        if not path.endswith(".pdf"):  # papers are printed: an event of their own
            opened(browser, path)
    assert changed(before, contents(superuser)) == []


def test_a_changed_row_would_be_seen(app: Flask, session: Session, superuser: Engine) -> None:
    next(walk(app, session))
    before = contents(superuser)
    with superuser.begin() as connection:
        connection.execute(text("UPDATE units SET phone = '0221' || coalesce(phone, '')"))
    assert changed(before, contents(superuser)) == ["units"]
