"""The pages of one case beside its file, as tabs: those that exist and that the reader may open."""

from dataclasses import dataclass

from flask import request
from flask_babel import LazyString

from app.auth.actor import Actor
from app.auth.permissions import Permission, is_allowed
from app.cases.models import Case
from app.cases.pages.links import link
from app.web.words import _l

P = Permission
_PARTS: tuple[tuple[LazyString, str, Permission], ...] = (
    (_l("Hồ sơ"), "cases.show", P.CASE_READ),
    (_l("Đánh giá"), "specific.index", P.CASE_READ),
    (_l("Họp"), "meetings.index", P.CASE_READ),
    (_l("Kế hoạch"), "plans.show", P.CASE_READ),
    (_l("Cách ly, chăm sóc"), "care.index", P.CASE_READ),
    (_l("Chuyển gửi"), "referrals.of_case", P.REFERRAL_READ),
    (_l("Hỗ trợ"), "services.index", P.CASE_READ),
    (_l("Theo dõi"), "follow_up.index", P.CASE_READ),
    (_l("Rà soát, đóng"), "reviews.index", P.CASE_READ),
    (_l("Nhóm hoàn cảnh"), "register.of_case", P.REGISTER_READ),
    (_l("Tài liệu"), "files.index", P.FILE_READ),
    (_l("Chuyển, phân công"), "moves.index", P.CASE_READ),
)

# pages that stand under another's tab
_WITHIN = {
    "consents": "referrals",
    "room": "referrals",
    "prosecution": "referrals",
    "outside": "referrals",
    "case_reminders": "cases",
    "erasures": "moves",
    "readings": "cases",
}


@dataclass(frozen=True, slots=True)
class Part:
    label: str
    url: str
    is_on: bool


def parts_of(case: Case, actor: Actor) -> tuple[Part, ...]:
    """No statement: the addresses come from the map, the permissions from the case at hand."""
    here = _WITHIN.get(str(request.blueprint), request.blueprint)
    found = tuple(
        Part(str(label), url, endpoint.partition(".")[0] == here)
        for label, endpoint, permission in _PARTS
        if (url := link(endpoint, case_id=case.id)) and is_allowed(actor, permission, case)
    )
    return found if len(found) > 1 else ()
