"""Before something is recorded in a case: lock it, and see whether another was faster."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, inspect
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import sections_of
from app.cases.models import Case
from app.cases.queries.changes import changes_since
from app.core.errors import DomainError, StaleEdit


class CaseMoved(DomainError):
    """The case went to another unit after the actor's right to write in it was looked at."""

    message = _l("Hồ sơ vừa được chuyển sang đơn vị khác. Hãy tải lại trang.")


def lock(session: Session, case: Case) -> None:
    """Wait for who records in this case right now, then read its row again; relations stay.

    Before anything is written: else two who write at once wait for each other in a circle, or the
    second meets a version that is gone. Raises CaseMoved.
    """
    unit_id = case.unit_id
    session.refresh(case, _columns(), with_for_update={"key_share": True})
    if unit_id is not None and case.unit_id != unit_id:
        raise CaseMoved


def lock_all(session: Session, cases: Select[Case]) -> list[Case]:
    """Lock these cases as `lock` does, and in the order of their ids, which everybody keeps."""
    session.flush()
    for known in session.identity_map.values():
        if isinstance(known, Case):
            session.expire(known, _columns())  # the statement reads them again; relations stay
    locked = cases.with_for_update(of=Case, key_share=True).order_by(None).order_by(Case.id)
    return list(session.scalars(locked))


def _columns() -> list[str]:
    return [column.key for column in inspect(Case).column_attrs]


def lock_unchanged(
    session: Session, *, actor: Actor, case: Case, expected_version: int, seen_at: datetime
) -> None:
    """Lock the case as the actor saw it at `seen_at`. Raises StaleEdit: what was recorded since."""
    lock(session, case)
    require_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )


def require_unchanged(
    session: Session, *, actor: Actor, case: Case, expected_version: int, seen_at: datetime
) -> None:
    """As `lock_unchanged`, of a case that is locked already."""
    if case.version == expected_version:
        return
    changes = changes_since(session, case.id, since=seen_at, sections=sections_of(actor))
    raise StaleEdit(changes or [(_("Hồ sơ %(number)s", number=case.number), "", "")], case.version)
