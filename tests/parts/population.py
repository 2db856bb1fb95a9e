"""A workbook of the child population that the supervisor of each place sent and had checked."""

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case
from app.core import clock
from app.indicators.models import PopulationImport

WRITTEN = ("population_entries", "population_counts", "population_imports")
_COUNTS = {f"{sex}|{age}": 100 for sex in ("male", "female") for age in ("0-5", "6-12", "13-15")}
_FIELDS = tuple(f"{sex}_{ages}" for sex in ("male", "female") for ages in ("0_5", "6_12", "13_15"))
VALID = {
    "population.entry": {
        **dict.fromkeys(_FIELDS, "100"),
        "source": "Báo cáo dân số",
        "source_on": "01/01/2026",
    }
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    so_far = session.scalar(select(func.count()).select_from(PopulationImport)) or 0
    # each another one: a workbook that changes nothing has no form
    counts = {name: count + so_far for name, count in _COUNTS.items()}
    sent = PopulationImport(
        source="Báo cáo dân số",
        source_on=date(2026, 1, 1),
        rows=[{"row": 2, "year": 2026, "commune": place.unit.commune_code, "counts": counts}],
        problems=[],
        by_id=users[Role.SUPERVISOR].id,
        at=clock.now(),
    )
    session.add(sent)
    session.flush()
    return {"population_import_id": sent.id}
