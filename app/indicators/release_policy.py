"""Who drafts and approves releases, and which one reads. Only what is published or in the hands of
the Department of Health is there to be seen."""

from sqlalchemy import Select, select

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission, rule
from app.indicators.models import Release, ReleaseState
from app.indicators.models.releases import PUBLISHED


def releases_of(actor: Actor) -> Select[Release]:
    """Who makes releases sees drafts too; who only reads sees what was published."""
    found = select(Release)
    if has_permission(actor, Permission.INDICATORS_RELEASE):
        return found
    return found.where(Release.state.in_(PUBLISHED))


def may_approve(actor: Actor, release: Release) -> bool:
    """Another person than who made the draft."""
    return (
        has_permission(actor, Permission.INDICATORS_RELEASE)
        and release.state is ReleaseState.SUBMITTED
        and release.by_id != actor.id
    )


@rule(Permission.INDICATORS_READ)
def can_read(actor: Actor, release: Release) -> bool:
    return True


@rule(Permission.INDICATORS_RELEASE)
def can_release(actor: Actor, release: Release) -> bool:
    """Whether it is theirs to decide is for the release itself to say, in words."""
    return True
