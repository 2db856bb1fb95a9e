"""Keeping, renaming and dropping one's own views of the list of cases."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.cases.models import SavedView
from app.core.errors import InvalidInput

MOST = 20
LONGEST_NAME = 40


def save_view(session: Session, *, actor: Actor, name: str, query: str, now: datetime) -> SavedView:
    """The last of the person's views. Raises InvalidInput("name") beyond MOST."""
    user = session.scalars(
        select(User).where(User.id == actor.id).with_for_update(of=User)
    ).one()  # two savings at once are counted one after the other
    kept, last = session.execute(
        select(func.count(), func.coalesce(func.max(SavedView.position), 0)).where(
            SavedView.user_id == actor.id
        )
    ).one()
    if kept >= MOST:
        raise InvalidInput(
            "name", _l("Bạn đã lưu %(n)s chế độ xem, là nhiều nhất. Hãy xóa bớt một.", n=MOST)
        )
    view = SavedView(
        key=user.key,
        user_id=actor.id,
        name=name,
        query=query,
        position=last + 1,
        created_at=now,
    )
    session.add(view)
    session.flush()
    return view


def rename_view(session: Session, *, view: SavedView, name: str) -> None:
    view.name = name
    session.flush()


def delete_view(session: Session, *, view: SavedView) -> None:
    session.delete(view)
    session.flush()
