"""The time of a page's SQL alone: the statements it really sent, sent again without the program."""

import statistics
import time
from http.cookies import SimpleCookie
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import event, make_url

from app.core.db import KeptStatements, db


def statements_of(app: Flask, request: bytes, *, repeat: bool) -> list[tuple[str, Any]]:
    """What one request sends to the database, BEGIN and COMMIT apart.

    With `repeat` it is sent twice, so that what a process reads once does not count.
    """
    head, _, body = request.decode().partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in rest)
    client = app.test_client()
    for morsel in SimpleCookie(headers.pop("Cookie")).values():
        client.set_cookie(morsel.key, morsel.value, domain="127.0.0.1")
    headers.pop("Content-Length", None)
    sent: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, given: Any, context: Any, many: bool) -> None:
        sent.extend((statement, one) for one in (given if many else [given]))

    with app.app_context():
        engine = db.engine
    for _ in range(2 if repeat else 1):
        sent.clear()
        event.listen(engine, "before_cursor_execute", note)
        base = "http://127.0.0.1"
        client.open(path, method=method, data=body, headers=headers, base_url=base)
        event.remove(engine, "before_cursor_execute", note)
    return sent


def milliseconds(url: str, sent: list[tuple[str, Any]], rounds: int = 60) -> float:
    """The median of BEGIN, all statements, ROLLBACK (so no wait for the disk)."""
    address = make_url(url)
    times = []
    with psycopg.connect(
        host=str(address.query["host"]), user=address.username, dbname=address.database
    ) as connection:
        connection._prepared = KeptStatements()  # as the application's connections
        for _ in range(rounds):
            began = time.perf_counter()
            for statement, parameters in sent:
                try:
                    connection.execute(statement, parameters)  # type: ignore[arg-type]
                except psycopg.errors.UniqueViolation:
                    break  # what the page itself has written since
            connection.rollback()
            times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)
