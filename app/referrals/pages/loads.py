"""What a unit's lead sees beside the inbox: what nobody answers for, and who carries how much."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission
from app.referrals.enums import Stage
from app.referrals.pages.inbox import address
from app.referrals.pages.lines import count_words
from app.referrals.queries.inbox import UNASSIGNED, InboxFilter, officers, unassigned

SHOWN = 20


@dataclass(frozen=True, slots=True)
class LoadsPage:
    nobodys: str
    has_nobodys: bool
    nobodys_url: str
    people: Sequence[tuple[str, str]]


def loads_page(session: Session, actor: Actor) -> LoadsPage | None:
    """None for who assigns nothing. Two statements."""
    if not has_permission(actor, Permission.REFERRAL_ASSIGN):
        return None
    count = unassigned(session, actor)
    people = sorted(officers(session, actor.unit_id), key=lambda one: (-one.open, one.name))
    return LoadsPage(
        nobodys=count_words(count),
        has_nobodys=bool(count),
        nobodys_url=address(InboxFilter(stage=Stage.ANSWER, who=UNASSIGNED)),
        people=[(one.name, count_words(one.open)) for one in people[:SHOWN]],
    )
