"""Reading the board: a few hundred small rows, so each page takes what it shows at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased, joinedload

from app.auth.models import Unit, User
from app.indicators.board_rules import Way
from app.indicators.models import BoardPath, BoardValue, ValueState

_HISTORY = 200  # versions of one part on its page


@dataclass(frozen=True, slots=True)
class Given:
    """A value that counts. Of a released one `is_hidden`: it may not be shown; `is_about`: it was
    rounded for the public; `is_internal`: the public was not told it; `release_id`: where it is
    from."""

    year: int
    value: Decimal | None
    numerator: int | None
    denominator: int | None
    source: str
    source_on: date | None
    is_hidden: bool = False
    release_id: uuid.UUID | None = None
    is_about: bool = False
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class Newest:
    """The last version of a value, whatever its state."""

    id: uuid.UUID
    part: str
    year: int
    version: int
    value: Decimal
    state: ValueState
    by_id: uuid.UUID
    by_name: str
    typed_at: datetime
    answer: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One line of the history, with who typed and who answered."""

    row: BoardValue
    by_name: str
    by_unit: str
    decided_name: str | None


def newest_value(session: Session, part: str, year: int) -> BoardValue | None:
    wanted = select(BoardValue).where(BoardValue.part == part, BoardValue.year == year)
    return session.scalars(wanted.order_by(BoardValue.version.desc()).limit(1)).first()


def newest_path(session: Session, part: str) -> BoardPath | None:
    wanted = select(BoardPath).where(BoardPath.part == part)
    return session.scalars(wanted.order_by(BoardPath.version.desc()).limit(1)).first()


def confirmed(session: Session, part: str | None = None) -> dict[str, dict[int, Given]]:
    """What counts, by part and year: of each the last version that was confirmed."""
    value = BoardValue
    wanted = (
        select(
            value.part,
            value.year,
            value.value,
            value.numerator,
            value.denominator,
            value.source,
            value.source_on,
        )
        .ext(distinct_on(value.part, value.year))
        .where(value.state == ValueState.CONFIRMED)
        .order_by(value.part, value.year, value.version.desc())
    )
    if part is not None:
        wanted = wanted.where(value.part == part)
    found: dict[str, dict[int, Given]] = {}
    for row in session.execute(wanted):
        found.setdefault(row.part, {})[row.year] = _given(row)
    return found


def _given(row: Row[str, int, Decimal, int | None, int | None, str, date]) -> Given:
    return Given(row.year, row.value, row.numerator, row.denominator, row.source, row.source_on)


def newest(session: Session, *, part: str | None = None) -> dict[tuple[str, int], Newest]:
    """The last version of each value by part and year."""
    value = BoardValue
    wanted = (
        select(
            value.id,
            value.part,
            value.year,
            value.version,
            value.value,
            value.state,
            value.by_id,
            User.name.label("by_name"),
            value.typed_at,
            value.answer,
        )
        .join(User, User.id == value.by_id)
        .ext(distinct_on(value.part, value.year))
        .order_by(value.part, value.year, value.version.desc())
    )
    if part is not None:
        wanted = wanted.where(value.part == part)
    rows = session.execute(wanted).mappings()
    return {(row["part"], row["year"]): Newest(**row) for row in rows}


def ways(session: Session) -> dict[str, Way]:
    """Baseline and milestones by part."""
    wanted = select(BoardPath).ext(distinct_on(BoardPath.part))
    rows = session.scalars(wanted.order_by(BoardPath.part, BoardPath.version.desc()))
    return {row.part: way_of(row) for row in rows}


def way_of(path: BoardPath | None) -> Way:
    if path is None:
        return Way()
    return Way(path.baseline, path.milestone_values)


def history_of(session: Session, part: str) -> Sequence[Version]:
    """Every version of every year, the newest year and version first."""
    decider = aliased(User)
    wanted = (
        select(BoardValue, User.name, Unit.short_name, decider.name)
        .join(User, User.id == BoardValue.by_id)
        .join(Unit, Unit.id == User.unit_id)
        .outerjoin(decider, decider.id == BoardValue.decided_by)
        .where(BoardValue.part == part)
        .order_by(BoardValue.year.desc(), BoardValue.version.desc())
        .limit(_HISTORY)
    )
    return [Version(*row) for row in session.execute(wanted)]


def with_file(session: Session, value: BoardValue) -> BoardValue:
    wanted = (
        select(BoardValue)
        .where(BoardValue.id == value.id)
        .options(joinedload(BoardValue.file))
        .execution_options(populate_existing=True)
    )
    return session.scalars(wanted).unique().one()
