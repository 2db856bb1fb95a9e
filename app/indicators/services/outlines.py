"""Outlines of the communes are loaded, by the operator."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.indicators.models import CommuneOutlines
from app.indicators.outlines import read_outlines
from app.reference.communes import communes


def load_outlines(
    session: Session, *, content: bytes, source: str, now: datetime
) -> CommuneOutlines:
    """What was there before stays behind it. Raises BadOutlines."""
    found = read_outlines(content, [commune.code for commune in communes()])
    made = CommuneOutlines(
        source=source,
        loaded_at=now,
        width=found.width,
        height=found.height,
        paths=dict(found.paths),
    )
    session.add(made)
    session.flush()
    return made
