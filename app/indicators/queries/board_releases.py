"""The parts that approved releases fill (8a, 8b, 9), as values of the board."""

from sqlalchemy.orm import Session

from app.indicators.queries.board import Given


def released_values(session: Session, year: int) -> dict[str, dict[int, Given]]:
    """By part and year; nothing is released yet."""
    return {}
