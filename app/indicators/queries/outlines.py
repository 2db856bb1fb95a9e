"""The outlines of the communes, if an operator loaded any."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.indicators.models import CommuneOutlines
from app.indicators.outlines import Outlines


class Loaded(NamedTuple):
    outlines: Outlines
    source: str


def outlines_of(session: Session) -> Loaded | None:
    """The newest; None where maps are drawn of tiles. One statement."""
    found = session.scalars(
        select(CommuneOutlines).order_by(CommuneOutlines.id.desc()).limit(1)
    ).first()
    if found is None:
        return None
    return Loaded(Outlines(found.width, found.height, found.paths), found.source)
