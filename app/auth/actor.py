"""The signed-in person as the rest of the system sees one: small, frozen, read in one statement."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.auth.models import Role, UnitKind, UnitLevel

ROLE_LABELS: dict[Role, LazyString] = {
    Role.INTAKE: _l("Người tiếp nhận tin"),
    Role.CP_WORKER: _l("Người làm công tác bảo vệ trẻ em"),
    Role.COMMUNE_CHAIR: _l("Chủ tịch Ủy ban nhân dân xã, phường"),
    Role.AGENCY_OFFICER: _l("Cán bộ cơ quan phối hợp"),
    Role.UNIT_LEAD: _l("Phụ trách đơn vị"),
    Role.SUPERVISOR: _l("Giám sát của Sở Y tế"),
    Role.ANALYST: _l("Người làm thống kê"),
    Role.ADMINISTRATOR: _l("Quản trị hệ thống"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in this request. `commune_code` is the unit's area; None is the whole province."""

    id: uuid.UUID
    username: str
    name: str
    role: Role
    unit_id: uuid.UUID
    unit_name: str
    unit_kind: UnitKind
    unit_level: UnitLevel
    commune_code: str | None
    session_id: uuid.UUID | None = None
    request_id: str | None = None
    must_enrol_factor: bool = False
    confirmed_at: datetime | None = None  # when it was last shown in this session who sits here
    is_locked: bool = False  # the screen is locked: nothing but the unlock form
    has_passkey: bool = False
    is_guest: bool = False  # reads a file in an emergency: compartments are closed meanwhile

    # what Flask-Login asks of a user
    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def role_label(self) -> LazyString:
        return ROLE_LABELS[self.role]

    def get_id(self) -> str:
        return str(self.id)
