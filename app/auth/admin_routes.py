"""Users, as an administrator manages them. No page here shows anything of a case."""

from collections.abc import Callable

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.auth import accounts, queries
from app.auth.access import authorized
from app.auth.actor import ROLE_LABELS
from app.auth.forms import EditUserForm, UserForm, UserSearchForm
from app.auth.grants import WHOLE_AREA
from app.auth.invitations import link_of
from app.auth.labels import PERMISSION_LABELS, REASON_LABELS, role_choices, section_label
from app.auth.login import current_actor
from app.auth.models import Role, User
from app.auth.once import once
from app.auth.permissions import GRANTS, SECTIONS, Permission, Section
from app.auth.policy import managed_users
from app.auth.settings import base_url, can_mail
from app.auth.step_up import confirmed
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, StaleEdit
from app.reference.communes import commune
from app.web.paging import after_arg, id_arg, limit_arg
from app.web.responses import add_error, redirect_to, render_form

bp = Blueprint("admin", __name__, url_prefix="/admin")
MANAGE = Permission.USERS_MANAGE
_NEW = ("admin/new_user.html", "admin/_user_form.html")
_EDIT = ("admin/edit_user.html", "admin/_user_form.html")


@bp.get("/users")
@authorized(MANAGE)
def users() -> ResponseReturnValue:
    unit_id, role = id_arg("unit"), _role_arg()
    page = queries.users_page(
        db.session, unit_id=unit_id, role=role, after=after_arg(), limit=limit_arg()
    )
    return render_template(
        "admin/users.html",
        page=page,
        unit_id=unit_id,
        role=role,
        units=queries.unit_choices(db.session, keep=unit_id),
        roles=role_choices(),
        search=UserSearchForm(formdata=None),
        labels=ROLE_LABELS,
    )


@bp.post("/users/search")
@authorized(MANAGE)
def search_users() -> ResponseReturnValue:
    form = UserSearchForm()
    found = queries.find_users(db.session, form.q.data) if form.validate_on_submit() else []
    return render_form(
        "admin/search.html", "admin/_found.html", form, found=found, labels=ROLE_LABELS
    )


@bp.route("/users/new", methods=["GET", "POST"])
@authorized(MANAGE)
@confirmed()
@once
def new_user() -> ResponseReturnValue:
    form = UserForm(units=queries.unit_choices(db.session))
    if not form.validate_on_submit():
        return render_form(*_NEW, form, user=None)
    now, actor = clock.now(), current_actor()
    try:
        user = accounts.create_user(db.session, actor, form.username.data, form.values, now=now)
    except InvalidInput as error:
        add_error(form, error)
        return render_form(*_NEW, form, user=None)
    accounts.invite_user(db.session, actor, user, by_mail=can_mail(), now=now)
    flash(_("Đã tạo tài khoản. Gửi đường dẫn dưới đây cho người dùng."), "success")
    return redirect_to("admin.user", user_id=user.id)


@bp.get("/users/<uuid:user_id>")
@authorized(MANAGE, load=managed_users, key="user_id")
def user(user: User) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    open_link = queries.open_invitation(db.session, user.id, actor.id, now)
    return render_template(
        "admin/user.html",
        user=user,
        is_self=user.id == actor.id,
        invitation=open_link,
        link=link_of(open_link.id, base_url()) if open_link and open_link.is_shown else None,
        labels=ROLE_LABELS,
        can_mail=can_mail(),
        factors=queries.factor_counts(db.session, user.id, now),
    )


@bp.route("/users/<uuid:user_id>/edit", methods=["GET", "POST"])
@authorized(MANAGE, load=managed_users, key="user_id")
@confirmed()
def edit_user(user: User) -> ResponseReturnValue:
    form = EditUserForm(obj=user, units=queries.unit_choices(db.session, keep=user.unit_id))
    if not form.validate_on_submit():
        return render_form(*_EDIT, form, user=user)
    try:
        _save(user, form)
    except InvalidInput as error:
        add_error(form, error)
        return render_form(*_EDIT, form, user=user)
    except StaleEdit as error:
        return render_form(*_EDIT, form, error, user=user)
    return redirect_to("admin.user", user_id=user.id)


def _save(user: User, form: UserForm) -> None:
    accounts.change_user(
        db.session,
        current_actor(),
        user,
        form.values,
        version=form.version.data or 0,
        now=clock.now(),
    )
    flash(_("Đã lưu tài khoản."), "success")


@bp.post("/users/<uuid:user_id>/invite")
@authorized(MANAGE, load=managed_users, key="user_id")
@confirmed()
@once
def invite(user: User) -> ResponseReturnValue:
    accounts.invite_user(db.session, current_actor(), user, by_mail=can_mail(), now=clock.now())
    return _done(user, _l("Đã tạo đường dẫn mới. Các đường dẫn cũ không còn dùng được."))


@bp.post("/users/<uuid:user_id>/reset")
@authorized(MANAGE, load=managed_users, key="user_id")
@confirmed()
@once
def reset(user: User) -> ResponseReturnValue:
    accounts.reset_user(db.session, current_actor(), user, by_mail=can_mail(), now=clock.now())
    return _done(user, _l("Mật khẩu cũ không còn dùng được. Gửi đường dẫn mới cho người dùng."))


@bp.post("/users/<uuid:user_id>/disable")
@authorized(MANAGE, load=managed_users, key="user_id")
@confirmed()
def disable(user: User) -> ResponseReturnValue:
    return _do(accounts.disable_user, user, _l("Đã khóa tài khoản; mọi phiên đã kết thúc."))


@bp.post("/users/<uuid:user_id>/enable")
@authorized(MANAGE, load=managed_users, key="user_id")
@confirmed()
def enable(user: User) -> ResponseReturnValue:
    return _do(accounts.enable_user, user, _l("Đã mở lại tài khoản."))


def _role_arg() -> Role | None:
    """The role to filter by; None for none or an unknown one."""
    typed = request.args.get("role", "")
    return Role(typed) if typed in set(Role) else None


def _do(step: Callable[..., None], user: User, message: LazyString) -> ResponseReturnValue:
    step(db.session, current_actor(), user, now=clock.now())
    return _done(user, message)


def _done(user: User, message: LazyString) -> ResponseReturnValue:
    flash(str(message), "success")
    return redirect_to("admin.user", user_id=user.id)


@bp.get("/users/<uuid:user_id>/access")
@authorized(MANAGE, load=managed_users, key="user_id")
def user_access(user: User) -> ResponseReturnValue:
    """What can this user see? Permissions in words, sections, and numbers; never which cases."""
    area = user.unit.commune_code
    return render_template(
        "admin/access.html",
        user=user,
        labels=ROLE_LABELS,
        permissions=[PERMISSION_LABELS[p] for p in Permission if p in GRANTS[user.role]],
        sections=[section_label(s) for s in Section if s in SECTIONS.get(user.role, ())],
        counts=queries.access_counts(db.session, user.id, user.unit_id, clock.now()),
        reasons=REASON_LABELS,
        sees_all=user.role in WHOLE_AREA,
        area=commune(area).label if area else None,
    )
