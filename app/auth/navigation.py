"""The main entries of each role, from the permission table; no SQL."""

from flask import Flask, current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.auth.actor import Actor
from app.auth.login import maybe_actor
from app.auth.models import Role
from app.auth.permissions import Permission, has_permission, searches_names
from app.web.page import NavItem

P = Permission
Entry = tuple[LazyString, str, Permission]

_DESK: tuple[Entry, ...] = (
    (_l("Tiếp nhận"), "home.index", P.SIGNED_IN),
    (_l("Báo tin mới"), "intake.new", P.REPORT_CREATE),
    (_l("Tin đã nhận"), "intake.mine", P.REPORT_STATE),
    (_l("Danh bạ"), "directory.index", P.DIRECTORY_READ),
)
_AGENCY: tuple[Entry, ...] = (
    (_l("Hộp thư"), "home.index", P.SIGNED_IN),
    (_l("Báo tin mới"), "intake.new", P.REPORT_CREATE),
    (_l("Tin đã nhận"), "intake.mine", P.REPORT_STATE),
    (_l("Danh bạ"), "directory.index", P.DIRECTORY_READ),
    (_l("Lịch"), "calendar_of_dues.index", P.REMINDER_OWN),
    (_l("24 chỉ tiêu"), "indicator_board.index", P.BOARD_READ),
)
_FILES: tuple[Entry, ...] = (
    (_l("Hôm nay"), "home.index", P.SIGNED_IN),
    (_l("Lịch"), "calendar_of_dues.index", P.REMINDER_OWN),
    (_l("Hồ sơ"), "cases.index", P.CASE_LIST),
    (_l("Hộp thư"), "referrals.inbox", P.REFERRAL_READ),
    (_l("Hoàn cảnh đặc biệt"), "register.index", P.REGISTER_READ),
    (_l("Danh bạ"), "directory.index", P.DIRECTORY_READ),
    (_l("Báo cáo"), "periodic.index", P.PERIODIC_READ),
)
_SUPERVISOR: tuple[Entry, ...] = (
    (_l("Hôm nay"), "home.index", P.SIGNED_IN),
    (_l("Hồ sơ"), "cases.index", P.CASE_LIST),
    (_l("Chuyển gửi"), "referrals.sent", P.CASE_LIST),
    (_l("Hoàn cảnh đặc biệt"), "register.index", P.REGISTER_READ),
    (_l("Danh bạ"), "directory.index", P.DIRECTORY_READ),
    (_l("Số liệu"), "indicators.index", P.INDICATORS_READ),
    (_l("Nhật ký"), "audit.index", P.AUDIT_READ),
)
_ADMIN: tuple[Entry, ...] = (
    (_l("Người dùng"), "admin.users", P.USERS_MANAGE),
    (_l("Các đơn vị"), "admin.units", P.USERS_MANAGE),
    (_l("Danh mục"), "admin.reference", P.REFERENCE_MANAGE),
    (_l("Hệ thống"), "admin.system", P.SYSTEM_HEALTH),
    (_l("24 chỉ tiêu"), "indicator_board.index", P.BOARD_READ),
)
_ANALYST: tuple[Entry, ...] = (
    (_l("Trang chủ"), "home.index", P.SIGNED_IN),
    (_l("Số liệu"), "indicators.index", P.INDICATORS_READ),
)
ENTRIES: dict[Role, tuple[Entry, ...]] = {
    Role.INTAKE: _DESK,
    Role.AGENCY_OFFICER: _AGENCY,
    Role.UNIT_LEAD: _AGENCY,
    Role.CP_WORKER: _FILES,
    Role.COMMUNE_CHAIR: _FILES,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.ANALYST: _ANALYST,
    Role.ADMINISTRATOR: _ADMIN,
}


def navigation(actor: Actor) -> list[NavItem]:
    """The entries this actor may open, of those that exist."""
    return [
        NavItem(str(label), url_for(endpoint), active=request.endpoint in _same(actor, endpoint))
        for label, endpoint, permission in ENTRIES[actor.role]
        if endpoint in current_app.view_functions and has_permission(actor, permission)
    ]


def _same(actor: Actor, endpoint: str) -> tuple[str, ...]:
    """The pages that an entry stands for: an agency's first page is its inbox."""
    is_inbox = endpoint == "home.index" and ENTRIES[actor.role] is _AGENCY
    return (endpoint, "referrals.inbox") if is_inbox else (endpoint,)


def optional_url(endpoint: str) -> str | None:
    """The address of a page that an upper package may have added."""
    return url_for(endpoint) if endpoint in current_app.view_functions else None


def _page_context() -> dict[str, object]:
    actor = maybe_actor()
    if actor is None or actor.must_enrol_factor:
        return {"page_nav": (), "can_search": False, "searches_names": False}
    return {
        "page_nav": navigation(actor),
        "can_search": has_permission(actor, Permission.PEOPLE_SEARCH),
        "searches_names": searches_names(actor),
    }


def init_app(app: Flask) -> None:
    app.context_processor(_page_context)
