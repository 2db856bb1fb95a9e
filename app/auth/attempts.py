"""What every door does with guesses: slow them down, count them, write them to the log."""

from datetime import datetime, timedelta

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth import throttle
from app.auth.models import User
from app.auth.throttle import Bucket
from app.core.db import db
from app.core.errors import DomainError


class TooManyAttempts(DomainError):
    """Wrong too often, whether or not the account exists. `wait` is how long to wait."""

    status = 429

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait

    message: LazyString | str = _l("Đã nhập sai nhiều lần. Chờ một lúc rồi thử lại.")


def check_throttle(session: Session, bucket: Bucket, now: datetime) -> None:
    """Raises TooManyAttempts."""
    wait = throttle.waiting_time(session, bucket, now)
    if wait:
        raise TooManyAttempts(wait)


def note_failure(bucket: Bucket, user: User | None, reason: str, now: datetime) -> None:
    """Count and log the failure in a transaction of its own: it survives the refusal."""
    with db.sessionmaker.begin() as session:
        throttle.note_failure(session, bucket, now)
        record(
            session,
            None,
            AuditAction.SIGN_IN_FAILED,
            at=now,
            subject_id=user.id if user else None,
            outcome="denied",
            data={"reason": reason, "known": user is not None},
        )
