"""Small whole objects for tests; each is committed, as another request would have left it."""

from datetime import timedelta
from typing import Any

import factory
from factory.alchemy import SQLAlchemyModelFactory
from sqlalchemy.orm import Session

from app.auth.grants import AccessReason, CaseAccess, CaseDenial
from app.auth.models import Role, Unit, UnitKind, UnitLevel, User
from app.cases.enums import Category
from app.cases.models import Case, Report
from app.core import clock
from app.core.sealed import DataKey
from app.people.models import Carer, Child, DobPrecision, Sex

PHO_HIEN, TAN_HUNG = "11953", "11977"
_session: Session | None = None


def use_session(session: Session) -> None:
    global _session
    _session = session


class _Factory(SQLAlchemyModelFactory):
    class Meta:
        abstract = True
        sqlalchemy_session_factory = lambda: _session  # noqa: E731
        sqlalchemy_session_persistence = "flush"

    @classmethod
    def create(cls, **kwargs: Any) -> Any:
        """Committed once, with all that was made for it; what it knows of it need not be read
        again."""
        made = super().create(**kwargs)
        assert _session is not None
        _session.expire_on_commit = False
        _session.commit()
        _session.expire_on_commit = True
        return made


class UnitFactory(_Factory):
    class Meta:
        model = Unit

    kind = UnitKind.COMMUNE_PC
    level = UnitLevel.COMMUNE
    name = factory.Sequence(lambda n: f"UBND xã thử {n}")
    short_name = factory.Sequence(lambda n: f"xã thử {n}")
    commune_code = PHO_HIEN

    class Params:
        police = factory.Trait(kind=UnitKind.POLICE)
        hotline = factory.Trait(kind=UnitKind.HOTLINE, level=UnitLevel.PROVINCE, commune_code=None)
        doh = factory.Trait(kind=UnitKind.DOH, level=UnitLevel.PROVINCE, commune_code=None)


class UserFactory(_Factory):
    """`UserFactory(role=Role.SUPERVISOR, unit=...)`; without a unit each user gets a new one."""

    class Meta:
        model = User

    class Params:
        unit = factory.SubFactory(UnitFactory)

    key = factory.LazyFunction(DataKey.new)
    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(lambda n: f"Cán bộ {n}")
    role = Role.CP_WORKER
    unit_id = factory.LazyAttribute(lambda o: o.unit.id)
    created_at = factory.LazyFunction(clock.now)


class ChildFactory(_Factory):
    class Meta:
        model = Child

    key = factory.LazyFunction(DataKey.new)
    full_name = "Nguyễn Minh Anh"
    dob = "2017-03-05"
    dob_precision = DobPrecision.DAY
    birth_year = 2017
    sex = Sex.FEMALE
    residence_commune = PHO_HIEN
    created_at = factory.LazyFunction(clock.now)


class CarerFactory(_Factory):
    class Meta:
        model = Carer

    class Params:
        child = factory.SubFactory(ChildFactory)

    key = factory.LazyAttribute(lambda o: o.child.key)
    child_id = factory.LazyAttribute(lambda o: o.child.id)
    relation = "mother"
    full_name = "Lê Thị Hòa"


class ReportFactory(_Factory):
    class Meta:
        model = Report

    class Params:
        user = factory.SubFactory(UserFactory, role=Role.INTAKE)

    key = factory.LazyFunction(DataKey.new)
    form_version = 1
    category = Category.ABUSED
    channel = "phone"
    received_at = factory.LazyFunction(lambda: clock.now() - timedelta(hours=1))
    typed_at = factory.LazyFunction(clock.now)
    taken_by_unit_id = factory.LazyAttribute(lambda o: o.user.unit_id)
    received_by_id = factory.LazyAttribute(lambda o: o.user.id)
    event_commune = PHO_HIEN
    abuse_forms = factory.LazyFunction(lambda: ["VIOLENCE"])


class CaseFactory(_Factory):
    """An open case worked by `unit`; give `unit=` (a Unit) or one is made, with its access row."""

    class Meta:
        model = Case

    class Params:
        worked_by = factory.SubFactory(UnitFactory)
        of_child = factory.SubFactory(ChildFactory)
        of_report = factory.SubFactory(ReportFactory)

    number = factory.Sequence(lambda n: f"HY-2026-{n + 1:06d}")
    child_id = factory.LazyAttribute(lambda o: o.of_child.id)
    report_id = factory.LazyAttribute(lambda o: o.of_report.id)
    unit_id = factory.LazyAttribute(lambda o: o.worked_by.id)
    commune_code = factory.LazyAttribute(lambda o: o.worked_by.commune_code)
    category = Category.ABUSED
    abuse_forms = factory.LazyFunction(lambda: ["VIOLENCE"])
    opened_at = factory.LazyFunction(lambda: clock.now() - timedelta(hours=1))
    last_event_at = factory.LazyFunction(clock.now)

    @factory.post_generation
    def access(obj: Case, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805  # factory_boy passes the object
        assert _session is not None
        _session.add(
            CaseAccess(
                case_id=obj.id,
                child_id=obj.child_id,
                holder_id=obj.unit_id,
                reason=AccessReason.UNIT_WORKS,
                since=obj.opened_at,
            )
        )


class CaseDenialFactory(_Factory):
    """`CaseDenialFactory(of_case=case, user_id=…, by_id=…)`: a relative, kept out of the case."""

    class Meta:
        model = CaseDenial

    class Params:
        of_case = factory.SubFactory(CaseFactory)

    key = factory.LazyFunction(DataKey.new)
    case_id = factory.LazyAttribute(lambda o: o.of_case.id)
    child_id = factory.LazyAttribute(lambda o: o.of_case.child_id)
    reason = "Là họ hàng"
    since = factory.LazyFunction(clock.now)
