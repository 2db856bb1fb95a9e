"""In the first commune: one closed case that is held for a court, one whose erasure waits for the
Chair, and one whose erasure was agreed to and then taken back."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.people import actor_of_user
from app.cases.models import Case
from app.cases.services import erasures
from app.cases.services.erasures import ErasureData
from app.core.errors import DomainError

REQUEST = ErasureData(
    "request", "Đơn của người đại diện hợp pháp, đã đối chiếu giấy khai sinh và căn cước"
)
MISTAKE = ErasureData("wrong_record", "Nhập hai lần khi tập huấn, đã đối chiếu sổ tiếp nhận tin")
HELD = "Công an thụ lý, quyết định khởi tố vụ án số 18; tòa án yêu cầu giữ tài liệu gốc"


def tell_erasures(session: Session, until: datetime) -> None:
    """As the people would have; nothing where too few cases have ended."""
    supervisor, chair = _actor(session, "supervisor"), _actor(session, "chair")
    if supervisor is None or chair is None:
        return
    cases = list(
        session.scalars(
            select(Case)
            .where(Case.unit_id == chair.unit_id, Case.is_ended, Case.check_on.is_(None))
            .where(Case.ended_at < until - timedelta(days=30))
            .options(joinedload(Case.child))
            .order_by(Case.number)
            .limit(20)
        ).unique()
    )
    _one(session, cases, lambda case: _hold(session, supervisor, case, until))
    _one(session, cases, lambda case: _ask(session, supervisor, case, REQUEST, until))
    _one(session, cases, lambda case: _take_back(session, chair, supervisor, case, until))


def _one(session: Session, cases: list[Case], do: Callable[[Case], None]) -> None:
    """With the first case for which it can be done; each serves once."""
    while cases:
        case = cases.pop(0)
        with suppress(DomainError), session.begin_nested():
            do(case)
            return


def _hold(session: Session, by: Actor, case: Case, until: datetime) -> None:
    at = until - timedelta(days=20)
    erasures.set_hold(session, actor=by, case=case, ground="proceedings", reason=HELD, now=at)


def _ask(session: Session, by: Actor, case: Case, data: ErasureData, until: datetime) -> None:
    at = until - timedelta(hours=26)
    erasures.ask_erasure(session, actor=by, case=case, data=data, now=at)


def _take_back(session: Session, asker: Actor, second: Actor, case: Case, until: datetime) -> None:
    first = until - timedelta(days=9)
    asked = erasures.ask_erasure(session, actor=asker, case=case, data=MISTAKE, now=first)
    erasures.decide_erasure(
        session, actor=second, case=case, erasure_id=asked.id, is_yes=True, answer=None,
        now=first + timedelta(hours=5),
    )  # fmt: skip
    erasures.withdraw_erasure(
        session, actor=asker, case=case, erasure_id=asked.id, now=first + timedelta(days=2)
    )


def _actor(session: Session, username: str) -> Actor | None:
    user = session.scalar(select(User.id).where(User.username == username))
    return actor_of_user(session, user) if user else None
