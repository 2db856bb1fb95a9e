"""The units and users of the synthetic province, the demo accounts among them."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from app.auth.models import Role, Unit, UnitKind, UnitLevel, User
from app.demo.people import Names
from app.demo.tables import Ids, Key, Rows
from app.reference.communes import Commune, communes

FEATURED = ("11953", "11977")  # phường Phố Hiến, xã Tân Hưng: where the demo accounts work


@dataclass
class CommuneOffice:
    """What a commune has: its People's Committee with a worker and a Chair, and its police."""

    code: str
    name: str
    unit_id: uuid.UUID
    worker_id: uuid.UUID
    chair_id: uuid.UUID
    desk_id: uuid.UUID  # who takes reports there
    worker_name: str
    chair_name: str
    police_unit_id: uuid.UUID
    police_id: uuid.UUID
    police_name: str
    decisions: dict[int, int] = field(default_factory=dict)  # the last number given, by year


@dataclass(frozen=True)
class Agency:
    """A unit that referrals go to, and the officer who answers there."""

    kind: UnitKind
    unit_id: uuid.UUID
    user_id: uuid.UUID
    short_name: str
    commune: str | None = None


@dataclass
class Province:
    offices: list[CommuneOffice] = field(default_factory=list)
    desks: dict[str, tuple[uuid.UUID, uuid.UUID]] = field(default_factory=dict)  # (unit, user)
    agencies: list[Agency] = field(default_factory=list)
    fresh: list[uuid.UUID] = field(default_factory=list)  # cases with referrals of today
    supervisor_id: uuid.UUID | None = None

    def agency(self, kind: UnitKind, office: CommuneOffice) -> Agency | None:
        """The agency of this kind that works for a commune, if there is one with an account."""
        if kind is UnitKind.POLICE:
            return Agency(kind, office.police_unit_id, office.police_id, office.police_name)
        here = (None, office.code)
        return next((a for a in self.agencies if a.kind is kind and a.commune in here), None)


@dataclass
class Builder:
    """Writes units and users into `rows`. All accounts share one password hash (synthetic only)."""

    rows: Rows
    ids: Ids
    rng: Random
    names: Names
    password_hash: str
    at: datetime
    people: dict[uuid.UUID, str] = field(default_factory=dict)  # the name of each user

    def unit(self, kind: UnitKind, name: str, short: str, commune: str | None = None) -> uuid.UUID:
        unit_id = self.ids.at(self.at)
        level = UnitLevel.COMMUNE if commune else UnitLevel.PROVINCE
        self.rows.add(
            Unit,
            id=unit_id,
            kind=kind,
            level=level,
            name=name,
            short_name=short,
            commune_code=commune,
            phone=f"0221 3{self.rng.randint(100, 999)} {self.rng.randint(100, 999)}",
        )
        return unit_id

    def user(self, username: str, role: Role, unit_id: uuid.UUID) -> uuid.UUID:
        key = Key(self.ids.at(self.at))
        self.rows.add_key(key, self.at)
        user_id = self.ids.at(self.at)
        self.people[user_id] = self.names.adult(self.rng.choice(("male", "female")))
        self.rows.add_sealed(
            User,
            key,
            user_id,
            username=username,
            name=self.people[user_id],
            role=role,
            unit_id=unit_id,
            password_hash=self.password_hash,
            created_at=self.at,
        )
        return user_id


def build_province(build: Builder) -> Province:
    """104 communes with their offices, and the agencies of the province."""
    province = Province()
    for commune in sorted(communes(), key=lambda c: (c.code not in FEATURED, c.code)):
        province.offices.append(_office(build, commune))
    _agencies(build, province)
    return province


def _office(build: Builder, commune: Commune) -> CommuneOffice:
    kind = "phường" if commune.type == "phường" else "xã"
    place = f"{kind} {commune.name}"
    unit = build.unit(
        UnitKind.COMMUNE_PC, f"Ủy ban nhân dân {place}", f"UBND {place}", commune.code
    )
    police = build.unit(UnitKind.POLICE, f"Công an {place}", f"Công an {place}", commune.code)
    first = commune.code == FEATURED[0]
    accounts = {
        "worker": "worker" if first else f"canbo-{commune.code}",
        "chair": "chair" if first else f"chutich-{commune.code}",
        "desk": "intake" if first else f"motcua-{commune.code}",
        "police": "police" if first else f"congan-{commune.code}",
    }
    if commune.code == FEATURED[1]:
        accounts["worker"] = "worker2"
    worker = build.user(accounts["worker"], Role.CP_WORKER, unit)
    chair = build.user(accounts["chair"], Role.COMMUNE_CHAIR, unit)
    return CommuneOffice(
        code=commune.code,
        name=commune.name,
        unit_id=unit,
        worker_id=worker,
        chair_id=chair,
        worker_name=build.people[worker],
        chair_name=build.people[chair],
        desk_id=build.user(accounts["desk"], Role.INTAKE, unit),
        police_unit_id=police,
        police_id=build.user(accounts["police"], Role.AGENCY_OFFICER, police),
        police_name=f"Công an {place}",
    )


def _agencies(build: Builder, province: Province) -> None:
    kinds = UnitKind
    hotline = build.unit(
        kinds.HOTLINE, "Tổng đài điện thoại quốc gia bảo vệ trẻ em 111", "Tổng đài 111"
    )
    hospital = build.unit(kinds.HEALTH, "Bệnh viện Sản Nhi tỉnh Hưng Yên", "Bệnh viện Sản Nhi")
    legal = build.unit(
        kinds.LEGAL_AID, "Trung tâm Trợ giúp pháp lý nhà nước tỉnh Hưng Yên", "Trợ giúp pháp lý"
    )
    shelter = build.unit(kinds.SHELTER, "Trung tâm Công tác xã hội tỉnh Hưng Yên", "Trung tâm CTXH")
    doh = build.unit(kinds.DOH, "Sở Y tế tỉnh Hưng Yên", "Sở Y tế")
    school = build.unit(
        kinds.SCHOOL, "Trường Tiểu học Lê Lợi, phường Phố Hiến", "Trường TH Lê Lợi", FEATURED[0]
    )
    province.desks = {
        "hotline": (hotline, build.user("hotline", Role.INTAKE, hotline)),
        "health": (hospital, build.user("hospital", Role.AGENCY_OFFICER, hospital)),
        "school": (school, build.user("school", Role.AGENCY_OFFICER, school)),
    }
    build.user("hospital_lead", Role.UNIT_LEAD, hospital)
    lawyer = build.user("legalaid", Role.AGENCY_OFFICER, legal)
    social_worker = build.user("shelter", Role.AGENCY_OFFICER, shelter)
    province.agencies = [
        Agency(kinds.HEALTH, *province.desks["health"], "Bệnh viện Sản Nhi"),
        Agency(kinds.LEGAL_AID, legal, lawyer, "Trợ giúp pháp lý"),
        Agency(kinds.SHELTER, shelter, social_worker, "Trung tâm CTXH"),
        Agency(kinds.SCHOOL, *province.desks["school"], "Trường TH Lê Lợi", FEATURED[0]),
    ]
    province.supervisor_id = build.user("supervisor", Role.SUPERVISOR, doh)
    build.user("analyst", Role.ANALYST, doh)
    build.user("admin", Role.ADMINISTRATOR, doh)
    _whole_province(_apart(build), shelter)


def _apart(build: Builder) -> Builder:
    """Draws of its own: what is added here shifts nothing else."""
    rng = Random("whole-province")
    return replace(build, rng=rng, ids=Ids(rng), names=Names(rng))


def _whole_province(build: Builder, shelter: uuid.UUID) -> None:
    """A unit of the province that takes cases, and the investigating agency."""
    build.user("ctxh", Role.CP_WORKER, shelter)
    name = "Cơ quan Cảnh sát điều tra Công an tỉnh Hưng Yên"
    police = build.unit(UnitKind.POLICE, name, "CSĐT Công an tỉnh")
    build.user("csdt", Role.AGENCY_OFFICER, police)
    _departments(build)


def _departments(build: Builder) -> None:
    """Those that enter their parts of the plan's 24 indicators."""
    kinds = UnitKind
    education = build.unit(kinds.EDUCATION, "Sở Giáo dục và Đào tạo tỉnh Hưng Yên", "Sở GDĐT")
    justice = build.unit(kinds.JUSTICE, "Sở Tư pháp tỉnh Hưng Yên", "Sở Tư pháp")
    culture = build.unit(
        kinds.CULTURE, "Sở Văn hóa, Thể thao và Du lịch tỉnh Hưng Yên", "Sở VHTTDL"
    )
    build.user("education", Role.AGENCY_OFFICER, education)
    build.user("education_lead", Role.UNIT_LEAD, education)
    build.user("justice", Role.AGENCY_OFFICER, justice)
    build.user("culture", Role.AGENCY_OFFICER, culture)
