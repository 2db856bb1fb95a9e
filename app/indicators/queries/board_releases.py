"""The parts that approved releases fill (8a, 8b, 9), as values of the board."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from flask_babel import gettext as _
from sqlalchemy import Row, String, cast, select
from sqlalchemy.orm import Session

from app.core import clock
from app.indicators.models import Release, ReleaseFigure
from app.indicators.queries.board import Given
from app.indicators.queries.released import is_standing
from app.indicators.tables import Audience

R, F = Release, ReleaseFigure
Values = dict[str, dict[int, Given]]


def released_values(session: Session, year: int, *, inside: bool = False) -> Values:
    """By part and year up to this one what the public was told: of each whole year the edition
    that stands. `inside`: where that hides a figure, the agencies' own, marked as such. What has
    no rate, for want of a population, is missing."""
    wanted = (
        select(F, R)
        .join(R, R.id == F.release_id)
        .where(
            is_standing(),
            R.period == cast(F.year, String),
            F.part.is_not(None),
            F.year <= year,
        )
        .order_by(F.part, F.year)
    )
    found: Values = {}
    for (part, at), group in groupby(session.execute(wanted).all(), key=_place):
        one = _told({row[0].audience: _given(*row) for row in group}, inside=inside)
        if one.value is not None or one.is_hidden:
            found.setdefault(part, {})[at] = one
    return found


def _place(row: Row[ReleaseFigure, Release]) -> tuple[str, int]:
    return row[0].part or "", row[0].year


def _given(row: ReleaseFigure, release: Release) -> Given:
    """A further edition is told with its day: it corrects what stood before."""
    is_public = row.audience is Audience.PUBLIC
    on = clock.local(release.approved_at).date() if release.approved_at else None
    number = release.number or ""
    if release.edition > 1 and on is not None:
        number = _(
            "%(number)s, lần %(edition)s ngày %(day)s",
            number=number,
            edition=release.edition,
            day=on.strftime("%d/%m/%Y"),
        )
    return Given(
        year=row.year,
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        source=_("Bản công bố %(number)s", number=number)
        if is_public
        else _("Số nội bộ, không có trong bản công bố %(number)s", number=number),
        source_on=on,
        is_hidden=row.is_hidden,
        is_about=is_public and bool(row.value),
        is_internal=not is_public,
        release_id=row.release_id,
    )


def _told(told: Mapping[Audience, Given], *, inside: bool) -> Given:
    """What could not be protected for the public at all is hidden like what is small."""
    public, agency = told.get(Audience.PUBLIC), told.get(Audience.AGENCY)
    if agency is None or (public is not None and not public.is_hidden):
        return public or next(iter(told.values()))
    if inside and agency.value is not None:
        return agency
    return public or replace(agency, value=None, numerator=None, is_hidden=True)
