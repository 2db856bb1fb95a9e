"""A brother in the household of each place's child, and a second record merged into it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case
from app.core import clock
from app.people.links import ChildLink, ChildMerge, LinkKind
from app.people.models import Child
from tests.factories import ChildFactory

FIELDS = {ChildMerge: {"reason": Section.IDENTITY}}
WRITTEN = ("child_links", "child_merges")
NOT_ON_EVERY_SCREEN = {"ChildMerge.reason"}  # for those who may merge
INTO_THE_FILE = ("people.",)
VALID: dict[str, dict[str, Any]] = {}
FORM_FIELDS = {
    "people.end_link": ("idempotency_key",),
    "people.separate": ("idempotency_key",),
    "people.link": ("other", "kind"),
    "people.merge": ("other", "reason", "is_sure"),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    brother, twin, by = ChildFactory(), ChildFactory(), users[Role.CP_WORKER].id
    a_id, b_id = sorted((child.id, brother.id))
    now = clock.now()
    link = ChildLink(a_id=a_id, b_id=b_id, kind=LinkKind.SIBLING, by_id=by, created_at=now)
    twin.merged_into_id = child.id
    merge = ChildMerge(
        key=child.key, kept_id=child.id, merged_id=twin.id, moved={}, by_id=by, merged_at=now
    )
    session.add_all([link, merge])
    session.flush()
    return {"link_id": link.id, "merge_id": merge.id}


def made(session: Session, case: Case) -> list[Any]:
    merges = select(ChildMerge).where(ChildMerge.kept_id == case.child_id)
    return list(session.scalars(merges).unique())
