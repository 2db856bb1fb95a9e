"""Unfinished forms, kept sealed under their author's key. `form` and `subject_id` name the place:
("intake", None) or ("assessment", case_id). Only the author ever reads a draft."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Permission, has_permission
from app.cases.models import Draft
from app.core.crypto import associated_data, keyring, seal
from app.core.jobs import Job
from app.core.sealed import TEXT_BLOCK, DataKey, open_field
from app.reference.retention import kept_for

_NAMESPACE = uuid.UUID("0192f7a4-6d5e-7c31-9b3a-5b8f1f6f2a10")
MAX_BYTES = 1_000_000
MOST = 20  # drafts of one person; of a further one the oldest goes

# The forms that save themselves, and who fills them in: nothing else is kept for anybody.
FORMS: Mapping[str, Permission] = {
    "intake": Permission.REPORT_CREATE,
    "assessment": Permission.CASE_ASSESS,
    "specific": Permission.CASE_ASSESS,
    "conference": Permission.MEETING_RECORD,
    "plan": Permission.PLAN_EDIT,
    "review": Permission.REVIEW_RECORD,
    "visit": Permission.VISIT_RECORD,
    "referral": Permission.REFERRAL_SEND,
}


@dataclass(frozen=True, slots=True)
class LoadedDraft:
    """`fields` is what the form would have sent: give it to the form as its `formdata`."""

    saved_at: datetime
    fields: "MultiDict[str, str]"


def save_draft(
    session: Session,
    *,
    actor: Actor,
    form: str,
    subject_id: uuid.UUID | None,
    fields: Iterable[tuple[str, str]],
    now: datetime,
) -> None:
    """Keep the latest state of a form; an earlier draft of the same place is replaced.

    More than MOST are not kept: the oldest goes.
    """
    key = session.execute(
        select(DataKey.id, DataKey.wrapped)
        .join(User, User.key_id == DataKey.id)
        .where(User.id == actor.id)
    ).one()
    draft_id = _id_of(actor, form, subject_id)
    place = associated_data(Draft.__tablename__, "body", draft_id)
    cipher = keyring().cipher(key.id, key.wrapped)
    body = seal(cipher, place, json.dumps(list(fields), ensure_ascii=False), block=TEXT_BLOCK)
    row = insert(Draft).values(
        id=draft_id,
        key_id=key.id,
        user_id=actor.id,
        form=form,
        subject_id=subject_id,
        body_sealed=body,
        saved_at=now,
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=[Draft.id],
            set_={"body_sealed": row.excluded.body_sealed, "saved_at": row.excluded.saved_at},
        )
    )
    session.execute(_DROP_OLDEST, {"user_id": actor.id})


def may_keep(actor: Actor, form: str) -> bool:
    """Whether this is a form that saves itself and that the actor's role fills in."""
    return form in FORMS and has_permission(actor, FORMS[form])


def keeps_drafts(actor: Actor) -> bool:
    """Whether the actor's role fills in any form that saves itself."""
    return any(has_permission(actor, permission) for permission in FORMS.values())


def forget_old(session: Session, now: datetime) -> None:
    """What nobody came back to is not kept for ever."""
    session.execute(delete(Draft).where(Draft.saved_at < now - kept_for("drafts")))


FORGET_DRAFTS = Job("drafts-forget", IntervalTrigger(hours=6), forget_old)


def load_draft(
    session: Session, actor: Actor, form: str, subject_id: uuid.UUID | None = None
) -> LoadedDraft | None:
    """The actor's draft of this place, or None."""
    row = session.execute(
        select(
            Draft.id, Draft.body_sealed, Draft.saved_at, DataKey.id.label("key"), DataKey.wrapped
        )
        .join(DataKey, DataKey.id == Draft.key_id)
        .where(Draft.id == _id_of(actor, form, subject_id), Draft.user_id == actor.id)
    ).first()
    if row is None:
        return None
    body = open_field(Draft, "body", row.id, (row.key, row.wrapped), row.body_sealed)
    if body is None:
        return None
    return LoadedDraft(row.saved_at, MultiDict(json.loads(body)))


def drop_draft(
    session: Session, actor: Actor, form: str, subject_id: uuid.UUID | None = None
) -> None:
    """Forget the draft: the form was sent, or its author wants to start anew."""
    session.execute(_DROP, {"draft_id": _id_of(actor, form, subject_id)})


_drafts = cast(Table, Draft.__table__)
_DROP = delete(_drafts).where(_drafts.c.id == bindparam("draft_id"))  # the id names its author
_OLDEST = (
    select(_drafts.c.id)
    .where(_drafts.c.user_id == bindparam("user_id"))
    .order_by(_drafts.c.saved_at.desc(), _drafts.c.id.desc())
    .offset(MOST)
)
_DROP_OLDEST = delete(_drafts).where(_drafts.c.id.in_(_OLDEST))


def _id_of(actor: Actor, form: str, subject_id: uuid.UUID | None) -> uuid.UUID:
    """One row for each place, known beforehand: its text is sealed to this id."""
    return uuid.uuid5(_NAMESPACE, f"{actor.id} {form} {subject_id}")
