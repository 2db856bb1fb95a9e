"""What an administrator does: units, users, invitations, resets. Each change is one audit event."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import ROLE_LABELS, Actor
from app.auth.grants import end_own_access
from app.auth.invitations import invite, use_invitation
from app.auth.labels import LEVEL_LABELS, kind_label
from app.auth.login import end_sessions, end_unit_sessions
from app.auth.models import Invitation, Role, Unit, UnitKind, UnitLevel, User
from app.auth.own_factors import forget_factors
from app.auth.policy import OPEN_FILES, ROLES_OF
from app.auth.queries import last_change, unit_name
from app.auth.recovery import forget_codes
from app.auth.services import set_password
from app.auth.signer import Signer
from app.core.errors import DomainError, InvalidInput, StaleEdit
from app.core.sealed import DataKey
from app.reference.communes import UnknownCommune, commune


class OwnAccount(DomainError):
    message = _l("Bạn không thể tự khóa hoặc tự đổi quyền của mình. Hãy nhờ người quản trị khác.")


class LastAdministrator(DomainError):
    message = _l("Đây là người quản trị cuối cùng. Hãy thêm người quản trị khác trước.")


class AccountDisabled(DomainError):
    message = _l("Tài khoản này đang bị khóa. Hãy mở lại trước.")


class CasesInHand(DomainError):
    """Somebody still answers for open cases: they are handed over first."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.message = _l(
            "Người này còn phụ trách %(n)s hồ sơ đang mở. Chủ tịch Ủy ban nhân dân xã, phường giao"
            " lại các hồ sơ đó trước, ở trang Giao lại hồ sơ.",
            n=count,
        )


class LastOfUnit(DomainError):
    message = _l(
        "Đây là người cuối cùng của đơn vị còn mở được hồ sơ (cán bộ hoặc Chủ tịch): không còn ai"
        " thì tin báo gửi đến đơn vị không có người nhận. Hãy mời người khác của đơn vị trước. Đơn"
        " vị không còn làm việc: ghi điều đó ở trang của đơn vị."
    )


# what upper packages count as still in a person's hands, and as still open in a unit
IN_HAND: list[Callable[[Session, uuid.UUID], int]] = []
OF_UNIT: list[Callable[[Session, uuid.UUID], int]] = []


@dataclass(frozen=True)
class UserFields:
    """What can be edited of a user."""

    name: str
    role: Role
    unit_id: uuid.UUID
    email: str | None


@dataclass(frozen=True)
class UnitFields:
    """What can be edited of a unit. `commune_code` None is the whole province."""

    kind: UnitKind
    level: UnitLevel
    name: str
    short_name: str
    commune_code: str | None
    phone: str | None
    is_active: bool = True


def create_user(
    session: Session, actor: Actor | None, username: str, values: UserFields, *, now: datetime
) -> User:
    """A user who cannot sign in until an invitation is used. Raises InvalidInput."""
    _check_role(session, values)
    if session.scalar(select(User.id).where(User.username == username)):
        raise InvalidInput("username", _("Tên đăng nhập này đã có người dùng."))
    user = User(key=DataKey.new(), username=username, created_at=now, **_as_dict(values))
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise InvalidInput("username", _("Tên đăng nhập này đã có người dùng.")) from None
    _note(
        session,
        actor,
        AuditAction.USER_CHANGED,
        user.id,
        now,
        fields=["username", *_as_dict(values)],
    )
    return user


def change_user(
    session: Session, actor: Actor, user: User, values: UserFields, *, version: int, now: datetime
) -> None:
    """Raises StaleEdit, InvalidInput, OwnAccount, LastAdministrator, CasesInHand, LastOfUnit. New
    rights end sessions."""
    changed = _changed(user, values)
    if user.version != version:
        raise _stale(session, user, changed, version=user.version)
    moved = bool({"role", "unit_id"} & set(changed))
    if moved and user.id == actor.id:
        raise OwnAccount
    _check_role(session, values)
    if moved:
        _require_empty_hands(session, user)
        if values.role not in OPEN_FILES or values.unit_id != user.unit_id:
            _keep_somebody(session, user)
    if user.role is Role.ADMINISTRATOR and values.role is not Role.ADMINISTRATOR:
        _keep_an_administrator(session, user)
    _apply(user, values)
    if moved:
        end_sessions(session, user_id=user.id, now=now)
        end_own_access(session, user_id=user.id, now=now)
    if changed:
        _note(session, actor, AuditAction.USER_CHANGED, user.id, now, fields=changed)
    session.flush()


def disable_user(session: Session, actor: Actor | None, user: User, *, now: datetime) -> None:
    """Nothing of this account works any more, at once. Raises OwnAccount, LastAdministrator,
    CasesInHand, LastOfUnit."""
    if actor is not None and user.id == actor.id:
        raise OwnAccount
    _require_empty_hands(session, user)
    _keep_somebody(session, user)
    if user.role is Role.ADMINISTRATOR:
        _keep_an_administrator(session, user)
    user.is_active = False
    end_sessions(session, user_id=user.id, now=now)
    _note(session, actor, AuditAction.USER_DISABLED, user.id, now)


def enable_user(session: Session, actor: Actor | None, user: User, *, now: datetime) -> None:
    user.is_active = True
    _note(session, actor, AuditAction.USER_CHANGED, user.id, now, fields=["is_active"])


def invite_user(
    session: Session, actor: Actor | None, user: User, *, by_mail: bool, now: datetime
) -> Invitation:
    """A link to set a password, the old password still works. Raises AccountDisabled."""
    if not user.is_active:
        raise AccountDisabled
    _note(session, actor, AuditAction.USER_INVITED, user.id, now)
    return invite(session, user, created_by=actor.id if actor else None, now=now, by_mail=by_mail)


def reset_user(
    session: Session, actor: Actor | None, user: User, *, by_mail: bool, now: datetime
) -> Invitation:
    """Password and sessions end; a link to set a new one. Raises AccountDisabled, OwnAccount."""
    if actor is not None and user.id == actor.id:
        raise OwnAccount
    user.password_hash = None
    end_sessions(session, user_id=user.id, now=now)
    return invite_user(session, actor, user, by_mail=by_mail, now=now)


def remove_factor(session: Session, actor: Actor | None, user: User, *, now: datetime) -> None:
    """Passkeys, codes of the phone, recovery codes: set up anew at the next sign-in. On a page two
    people do this (app/auth/resets.py). Raises OwnAccount."""
    if actor is not None and user.id == actor.id:
        raise OwnAccount
    forget_factors(session, user, now=now)
    forget_codes(session, user.id)
    _note(session, actor, AuditAction.FACTOR_CHANGED, user.id, now, factor="all", step="removed")


def accept_invitation(
    session: Session, invitation: Invitation, user: User, password: str, *, now: datetime
) -> None:
    """The invited person sets a password. Raises InvitationUnusable, InvalidInput("password")."""
    set_password(session, user, password, now=now)
    use_invitation(session, invitation, now)
    signer = Signer(user.id, None, None)
    record(session, signer, AuditAction.PASSWORD_CHANGED, at=now, subject_id=user.id)


def create_unit(session: Session, actor: Actor, values: UnitFields, *, now: datetime) -> Unit:
    """Raises InvalidInput for a second unit of the same name or an area that does not fit."""
    _check_unit(session, values, None)
    unit = Unit(**_as_dict(values))
    session.add(unit)
    session.flush()
    _note(session, actor, AuditAction.UNIT_CHANGED, unit.id, now, fields=[*_as_dict(values)])
    return unit


def change_unit(
    session: Session, actor: Actor, unit: Unit, values: UnitFields, *, version: int, now: datetime
) -> None:
    """Raises StaleEdit, InvalidInput. What decides over access ends the sessions of its people."""
    changed = _changed(unit, values)
    if unit.version != version:
        raise _stale(session, unit, changed, version=unit.version)
    _check_unit(session, values, unit.id)
    _check_people(session, actor, unit, values)
    _apply(unit, values)
    if {"is_active", "kind", "level", "commune_code"} & set(changed):
        end_unit_sessions(session, unit_id=unit.id, now=now)
    if changed:
        _note(session, actor, AuditAction.UNIT_CHANGED, unit.id, now, fields=changed)
    session.flush()


def _as_dict(values: UserFields | UnitFields) -> dict[str, Any]:
    return {field.name: getattr(values, field.name) for field in fields(values)}


def _changed(row: User | Unit, values: UserFields | UnitFields) -> list[str]:
    return [name for name, value in _as_dict(values).items() if getattr(row, name) != value]


def _apply(row: User | Unit, values: UserFields | UnitFields) -> None:
    for name in _changed(row, values):
        setattr(row, name, getattr(values, name))


def _note(
    session: Session,
    actor: Actor | None,
    action: AuditAction,
    subject_id: uuid.UUID,
    now: datetime,
    **data: object,
) -> None:
    record(session, actor, action, at=now, subject_id=subject_id, data=data)


def _keep_an_administrator(session: Session, user: User) -> None:
    """Two administrators who disable each other at once wait for each other here."""
    others = session.scalars(
        select(User.id)
        .join(User.unit)
        .where(User.role == Role.ADMINISTRATOR, User.is_active, Unit.is_active)
        .order_by(User.id)
        .with_for_update(of=User)
    ).all()
    if not set(others) - {user.id}:
        raise LastAdministrator


def _keep_somebody(session: Session, user: User) -> None:
    """A unit to which reports go, or that has open cases, keeps somebody who opens them. Two at
    once wait for each other here. Raises LastOfUnit."""
    unit = session.get_one(Unit, user.unit_id)
    if not unit.is_active or user.role not in OPEN_FILES or not user.is_active:
        return
    openers = session.scalars(
        select(User.id)
        .where(User.unit_id == unit.id, User.role.in_(OPEN_FILES), User.is_active)
        .order_by(User.id)
        .with_for_update()
    ).all()
    serves = unit.kind is UnitKind.COMMUNE_PC and unit.commune_code is not None
    if not set(openers) - {user.id} and (serves or _open_of_unit(session, unit)):
        raise LastOfUnit


def _open_of_unit(session: Session, unit: Unit) -> int:
    return sum(count(session, unit.id) for count in OF_UNIT)


def _require_empty_hands(session: Session, user: User) -> None:
    count = sum(held(session, user.id) for held in IN_HAND)
    if count:
        raise CasesInHand(count)


def _check_role(session: Session, values: UserFields) -> None:
    unit = session.get(Unit, values.unit_id)
    if unit is None:
        raise InvalidInput("unit_id", _("Chọn một đơn vị trong danh sách."))
    if values.role not in ROLES_OF[unit.kind]:
        raise InvalidInput(
            "role", _("Đơn vị này không có vai trò đó. Chọn vai trò hoặc đơn vị khác.")
        )


def _check_unit(session: Session, values: UnitFields, own_id: uuid.UUID | None) -> None:
    if values.level is UnitLevel.COMMUNE and values.commune_code is None:
        raise InvalidInput("commune_code", _("Đơn vị cấp xã cần có xã, phường."))
    if values.commune_code is not None:
        try:
            commune(values.commune_code)
        except UnknownCommune:
            raise InvalidInput("commune_code", _("Chọn một xã, phường trong danh sách.")) from None
    same = select(Unit.id).where(Unit.name == values.name)
    if own_id is not None:
        same = same.where(Unit.id != own_id)
    if session.scalar(same.limit(1)):
        raise InvalidInput("name", _("Đã có đơn vị mang tên này."))


def _check_people(session: Session, actor: Actor, unit: Unit, values: UnitFields) -> None:
    """Its people keep a role that this kind of unit has; nobody locks out oneself, or a unit that
    has open cases."""
    if unit.id == actor.unit_id and not values.is_active:
        raise InvalidInput("is_active", _("Bạn không thể khóa đơn vị của chính mình."))
    count = _open_of_unit(session, unit) if unit.is_active and not values.is_active else 0
    if count:
        raise InvalidInput(
            "is_active",
            _(
                "Đơn vị còn %(n)s hồ sơ đang mở. Đơn vị chuyển các hồ sơ đó sang nơi khác trước.",
                n=count,
            ),
        )
    roles = session.scalars(select(User.role).where(User.unit_id == unit.id).distinct()).all()
    lost = [str(ROLE_LABELS[role]) for role in roles if role not in ROLES_OF[values.kind]]
    if lost:
        raise InvalidInput(
            "kind",
            _(
                "Đơn vị đang có người giữ vai trò mà loại đơn vị này không có: %(roles)s."
                " Hãy đổi vai trò hoặc chuyển đơn vị cho họ trước.",
                roles=", ".join(sorted(lost)),
            ),
        )


def _stale(session: Session, row: User | Unit, changed: list[str], *, version: int) -> StaleEdit:
    who = last_change(session, row.id)
    return StaleEdit(
        [(FIELD_LABELS[name], _shown(session, name, getattr(row, name)), who) for name in changed],
        version,
    )


def _shown(session: Session, name: str, value: object) -> str:
    if isinstance(value, Role):
        return str(ROLE_LABELS[value])
    if isinstance(value, UnitKind):
        return kind_label(value)
    if isinstance(value, UnitLevel):
        return str(LEVEL_LABELS[value])
    if isinstance(value, uuid.UUID):
        return unit_name(session, value)
    if isinstance(value, bool):
        return str(_("có") if value else _("không"))
    if name == "commune_code" and value:
        return commune(str(value)).label
    return str(value or "")


FIELD_LABELS = {
    "name": _l("Tên"),
    "role": _l("Vai trò"),
    "unit_id": _l("Đơn vị"),
    "email": _l("Thư điện tử"),
    "kind": _l("Loại đơn vị"),
    "level": _l("Cấp"),
    "short_name": _l("Tên ngắn"),
    "commune_code": _l("Địa bàn"),
    "phone": _l("Điện thoại"),
    "is_active": _l("Đang hoạt động"),
}
