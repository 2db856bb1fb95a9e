"""The parts of the indicators, as tabs on each of their pages."""

from collections.abc import Sequence

from flask import current_app, request, url_for
from flask_babel import LazyString

from app.auth.login import maybe_actor
from app.auth.permissions import Permission, has_permission
from app.web.page import NavItem
from app.web.words import _l

P = Permission
# (words, endpoint, permission, the blueprint or endpoints that stand behind it)
PARTS: Sequence[tuple[LazyString, str, Permission, tuple[str, ...]]] = (
    (_l("Tổng quan"), "indicators.index", P.INDICATORS_READ, ("indicators.show",)),
    (_l("24 chỉ tiêu"), "indicator_board.index", P.BOARD_READ, ()),
    (_l("Công bố"), "releases.index", P.INDICATORS_READ, ()),
    (_l("Dân số trẻ em"), "population.index", P.POPULATION_EDIT, ()),
    (_l("Báo cáo"), "periodic.index", P.PERIODIC_READ, ()),
    (_l("Chất lượng"), "quality.index", P.CASE_LIST, ()),
)


def area_tabs() -> list[NavItem]:
    """Those that exist and the actor may open."""
    actor = maybe_actor()
    if actor is None:
        return []
    return [
        NavItem(str(words), url_for(endpoint), active=_is_here(endpoint, behind))
        for words, endpoint, permission, behind in PARTS
        if endpoint in current_app.view_functions and has_permission(actor, permission)
    ]


def _is_here(endpoint: str, behind: tuple[str, ...]) -> bool:
    if request.endpoint in (endpoint, *behind):
        return True
    blueprint = endpoint.partition(".")[0]
    return blueprint != "indicators" and request.blueprint == blueprint
