"""A release that waits for the second person, on the first page of who may approve it."""

from app.auth.actor import Actor
from app.cases.pages.home import Waiting
from app.cases.pages.links import link
from app.cases.queries.pending import Asked
from app.indicators.periods import Period
from app.web.filters import vn_datetime
from app.web.words import _


def to_approve(one: Asked, actor: Actor) -> Waiting:
    about = one.about
    return Waiting(
        what=_("Bản công bố chờ duyệt: %(period)s", period=Period.parse(about["period"]).label),
        why=_("%(who)s lập, cần một người khác duyệt", who=about["by"]),
        when=vn_datetime(one.at),
        url=link("releases.show", release_id=one.id) if one.id else "",
        may_decide=about["by_id"] != str(actor.id),
    )
