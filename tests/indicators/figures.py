"""Facts without children: subjects that are made up, for counts that a test knows."""

import hashlib
from datetime import UTC, date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.indicators.models import FactMembership, FactResidence, FactSubject, FactSupport

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
    session: Session, subjects: list[bytes], *, kind: str = "health", since: date = date(2025, 2, 1)
) -> None:
    """What these children are given since a day, as far as anybody knows for ever."""
    row = {
        "source": "service", "kind": kind, "since": since, "until": None,
        "recorded_at": LONG_AGO, "ended_at": None, "struck_at": None,
    }  # fmt: skip
    session.execute(insert(FactSupport), [{"subject": one, **row} for one in subjects])
