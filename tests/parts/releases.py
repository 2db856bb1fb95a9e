"""A published release and the current tables: the Department's, not of any one place."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case
from app.core import clock
from app.indicators.models import (
    CurrentTable,
    Release,
    ReleaseFigure,
    ReleaseState,
    ReleaseTable,
)
from app.indicators.tables import TOTAL, Audience, Axis, Cell, ProtectedTable, places_of

PERIOD, CODE = "2025", "special.age_sex"
AXES = (
    Axis("age_group", ("0-5", "6-12", "13-15", "unknown")),
    Axis("sex", ("male", "female", "unknown")),
)
WRITTEN = ("releases", "release_tables", "release_figures", "current_tables")
VALID = {
    "releases.new": {"note": "Bổ sung hồ sơ ghi muộn"},
    "releases.withdraw": {"reason": "Một xã nộp nhầm sổ"},
}
FORM_FIELDS = {
    "releases.submit": ("idempotency_key",),
    "releases.approve": ("idempotency_key",),
    "releases.again": ("idempotency_key",),
    "releases.drop": ("reason", "idempotency_key"),
}


def a_table(audience: Audience) -> ProtectedTable:
    """Twenty in each cell, but for those of one age, who are hidden."""
    cells = {}
    for place in places_of(AXES):
        number = 20 * 4 ** (place[0] == TOTAL) * 3 ** (place[1] == TOTAL)
        cells[place] = Cell(None if place[0] == "0-5" else number)
    certificate = {
        "rule_version": 1,
        "solver": "none",
        "status": "proved",
        "table": "00",
        "beside": [],
        "groups": [],
        "intersections": True,
        "cells": [[list(place), 0, 40] for place, cell in cells.items() if cell.is_hidden],
    }
    return ProtectedTable(CODE, PERIOD, AXES, cells, audience, 1, certificate)


def _row(audience: Audience) -> dict[str, Any]:
    content = a_table(audience).to_json()
    certificate = content.pop("certificate")
    return {
        "code": CODE, "audience": audience, "content": content, "certificate": certificate
    }  # fmt: skip


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    return {
        "release_id": a_release(session, users[Role.SUPERVISOR]).id,
        "table_code": CODE,
        "export_format": "csv",
        "current_period": _current(session),
    }


def a_release(session: Session, by: User) -> Release:
    """Its figures come while it is asked for; afterwards nothing is added to it."""
    number = session.scalars(select(func.count()).select_from(Release)).one() + 1
    at = clock.now() - timedelta(hours=2)
    release = Release(
        period=PERIOD, edition=number, asked_at=at, by_id=by.id, state=ReleaseState.ASKED, beside=[]
    )
    session.add(release)
    session.flush()
    for audience in Audience:
        session.add(ReleaseTable(release_id=release.id, **_row(audience)))
        session.add(
            ReleaseFigure(
                release_id=release.id, code="8a", audience=audience, part="8a", year=2025,
                numerator=240, denominator=None, value=None, is_hidden=False, missing=104,
            )
        )  # fmt: skip
    session.flush()
    release.known_at = release.prepared_at = release.approved_at = at
    release.definitions_version, release.approved_by = 1, by.id
    release.state, release.number = ReleaseState.APPROVED, f"CB-2025-{number:02d}"
    session.flush()
    return release


def _current(session: Session) -> str:
    known = {"code": CODE, "period": PERIOD, "audience": Audience.AGENCY}
    if session.get(CurrentTable, known) is None:
        now = clock.now()
        session.add(
            CurrentTable(
                period=PERIOD, facts_mark="0", computed_at=now, checked_at=now,
                **_row(Audience.AGENCY),
            )
        )  # fmt: skip
        session.flush()
    return PERIOD
