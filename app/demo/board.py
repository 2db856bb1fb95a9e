"""Invented values of the 24 indicators for the last two years, some missing, one that waits for its
answer, one that was returned and one that was corrected; a few baselines."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.people import actor_of_user
from app.core import clock
from app.indicators.models import BoardValue
from app.indicators.plan24 import plan
from app.indicators.services.board import ValueData, confirm_value, return_value, save_value
from app.indicators.services.board_paths import PathData, set_path

SOURCE = "Số liệu minh họa (dữ liệu tổng hợp, không phải số thật)"
# department: who enters, who confirms
PEOPLE = {
    "YT": ("analyst", "supervisor"),
    "GD": ("education", "education_lead"),
    "TP": ("justice", "supervisor"),
    "VH": ("culture", "supervisor"),
}
# part: two years ago, last year; None where nothing was entered
VALUES: dict[str, tuple[str | None, str | None]] = {
    "1": ("58.3", "61.5"), "2": ("88.2", "89.6"), "3a": ("7.9", "7.6"), "3b": ("10.6", "10.3"),
    "3c": ("15.8", "15.4"), "4a": ("8.1", "7.4"), "4b": ("17.2", "16.9"), "4c": ("4.6", "5.2"),
    "4d": ("11.4", "11.6"), "5a": ("96.8", "97.4"), "5b": ("95.9", None), "6": ("1.6", "1.4"),
    "7": ("100", "100"), "10": (None, "3.4"), "11a": ("71.5", "66.2"), "11b": ("17.1", "16.4"),
    "12": (None, "100"), "13": ("25", "23"), "14": ("99.1", "99.6"), "15": ("98.7", "98.9"),
    "16": ("99.8", "100"), "17": ("99.9", "99.9"), "18a": ("99.1", "99.3"),
    "18b": ("0.07", "0.06"), "19": ("81.4", "88.3"), "20a": ("38.5", "40.1"), "20b": (None, None),
    "21": ("33.7", "36.5"), "22": (None, "24.8"), "23": ("74.9", None), "24": (None, None),
}  # fmt: skip
BASELINES = ("1", "3b", "4a", "11a", "18a", "21")  # their value of two years ago
WAITING, RETURNED, CORRECTED = "20a", "15", "4a"


def tell_board(session: Session, until: datetime) -> None:
    """As the people would have entered them; nothing without their accounts."""
    actors = _actors(session)
    if len(actors) < len({name for pair in PEOPLE.values() for name in pair}):
        return
    rng, this_year = Random("board-24"), clock.local(until).year
    for code, values in VALUES.items():
        for year, value in zip((this_year - 2, this_year - 1), values, strict=True):
            if value is not None:
                days = rng.randint(20, 60)
                at = until.replace(year=year + 1, month=1, day=2) + timedelta(days=days)
                saved = _enter(session, actors, code, year, Decimal(value), min(at, until))
                _answer(session, actors, saved, is_last=year == this_year - 1)
    _correct(session, actors, this_year - 1, until)
    for code in BASELINES:
        first = VALUES[code][0]
        path = PathData(this_year - 2, Decimal(first or 0), SOURCE)
        part = plan().by_code[code]
        set_path(session, actor=actors["supervisor"], part=part, data=path, expected=0, now=until)
    session.flush()


def _actors(session: Session) -> dict[str, Actor]:
    names = {name for pair in PEOPLE.values() for name in pair}
    rows = session.execute(select(User.username, User.id).where(User.username.in_(names)))
    found = {name: actor_of_user(session, user_id) for name, user_id in rows}
    return {name: actor for name, actor in found.items() if actor is not None}


def _enter(
    session: Session, actors: dict[str, Actor], code: str, year: int, value: Decimal, at: datetime
) -> BoardValue:
    part = plan().by_code[code]
    data = ValueData(year, value, None, None, SOURCE, clock.local(at).date())
    writer = actors[PEOPLE[part.department][0]]
    return save_value(session, actor=writer, part=part, data=data, expected=0, now=at)


def _answer(
    session: Session, actors: dict[str, Actor], saved: BoardValue, *, is_last: bool
) -> None:
    answerer, at = actors[PEOPLE[plan().by_code[saved.part].department][1]], saved.typed_at
    if is_last and saved.part == WAITING:
        return
    if is_last and saved.part == RETURNED:
        words = "Số này khác báo cáo của sở tháng 12. Hãy đối chiếu rồi nhập lại."
        return_value(session, actor=answerer, value=saved, answer=words, now=at)
        return
    confirm_value(session, actor=answerer, value=saved, now=at)


def _correct(session: Session, actors: dict[str, Actor], year: int, until: datetime) -> None:
    """A correction of a value that had been confirmed, itself confirmed."""
    part = plan().by_code[CORRECTED]
    writer, answerer = (actors[name] for name in PEOPLE[part.department])
    reason = "Cộng thiếu hai xã sau khi sáp nhập."
    day = clock.local(until).date()
    data = ValueData(year, Decimal("7.2"), None, None, SOURCE, day, reason)
    saved = save_value(session, actor=writer, part=part, data=data, expected=1, now=until)
    confirm_value(session, actor=answerer, value=saved, now=until)
