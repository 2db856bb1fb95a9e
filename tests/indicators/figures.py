"""Facts without children: subjects that are made up, for counts that a test knows."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.auth.models import User
from app.core import clock
from app.indicators.models import (
    FactMembership,
    FactResidence,
    FactSubject,
    FactSupport,
    Release,
    ReleaseFigure,
    ReleaseState,
)
from app.indicators.tables import Audience

LONG_AGO = datetime(2025, 1, 10, tzinfo=UTC)
FOREVER = date(9999, 12, 31)
GROUPS = ("ORPHAN_BOTH", "DISABILITY_SEVERE")


def subject(name: object) -> bytes:
    return hashlib.sha256(str(name).encode()).digest()


def add_children(
    session: Session,
    count: int,
    *,
    group: str,
    sex: str = "male",
    commune: str = "12271",
    born: int = 2015,
    recorded_at: datetime = LONG_AGO,
    name: str = "",
) -> list[bytes]:
    """`count` children in one group since before every period of the tests."""
    made = [subject(f"{name}{group}{sex}{commune}{recorded_at}{n}") for n in range(count)]
    for model, row in (
        (FactSubject, {"sex": sex, "birth_year": born}),
        (FactResidence, {"commune": commune, "since": date(2015, 1, 1), "until": FOREVER}),
        (
            FactMembership,
            {
                "group_code": group, "sub_code": None, "since": date(2024, 3, 1), "until": None,
                "recorded_at": recorded_at, "ended_at": None,
            },
        ),
    ):  # fmt: skip
        session.execute(insert(model), [{"subject": one, **row} for one in made])
    return made


def add_support(
    session: Session,
    subjects: list[bytes],
    *,
    kind: str = "health",
    since: date = date(2025, 2, 1),
    source: str = "service",
) -> None:
    """What these children are given since a day, as far as anybody knows for ever."""
    row = {
        "source": source, "kind": kind, "since": since, "until": FOREVER,
        "recorded_at": LONG_AGO, "ended_at": None, "struck_at": None,
    }  # fmt: skip
    session.execute(insert(FactSupport), [{"subject": one, **row} for one in subjects])


def add_release(
    session: Session,
    by: User,
    approver: User,
    *,
    year: int,
    told: Mapping[tuple[str, Audience], tuple[int | None, int | None, str | None]],
    edition: int = 1,
    state: ReleaseState = ReleaseState.APPROVED,
) -> Release:
    """A release of a whole year with these figures: (numerator, denominator, value) of a part."""
    now = clock.now()
    release = Release(
        period=str(year), edition=edition, asked_at=now, by_id=by.id, beside=[],
        state=ReleaseState.ASKED, number=f"CB-{year + 1}-0{edition}", known_at=now, prepared_at=now,
        approved_at=now, approved_by=approver.id,
    )  # fmt: skip
    session.add(release)
    session.flush()
    for (part, audience), (above, below, value) in told.items():
        session.add(
            ReleaseFigure(
                release_id=release.id, code=part, audience=audience, part=part, year=year,
                numerator=above, denominator=below, value=value and Decimal(value),
                is_hidden=value is None, missing=0,
            )
        )  # fmt: skip
    session.flush()
    release.state = state
    session.flush()
    return release
