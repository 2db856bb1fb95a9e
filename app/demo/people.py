"""Invented children and their families."""

import tomllib
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from app.core.crypto import keyring
from app.demo.mix import chance
from app.demo.tables import Ids, Key, Rows
from app.people.models import Carer, Child, DobPrecision, Sex

DATA = Path(__file__).parent / "data"


class Names:
    """Vietnamese names with realistic frequencies."""

    def __init__(self, rng: Random) -> None:
        data = tomllib.loads((DATA / "names.toml").read_text(encoding="utf-8"))
        self._rng = rng
        self._surnames, self._weights = zip(*data["surnames"].items(), strict=True)
        self._middle = {sex: data[f"middle_{sex}"] for sex in ("male", "female")}
        self._given = {sex: data[f"given_{sex}"] for sex in ("male", "female")}
        self._nicknames = data["nicknames"]
        self._occupations = data["occupations"]
        self._hamlets = data["hamlets"]

    def surname(self) -> str:
        return str(self._rng.choices(self._surnames, weights=self._weights)[0])

    def child(self, sex: str, surname: str) -> str:
        middle, given = self._rng.choice(self._middle[sex]), self._rng.choice(self._given[sex])
        return f"{surname} {middle} {given}" if middle != given else f"{surname} {given}"

    def adult(self, sex: str, surname: str | None = None) -> str:
        middle = ("Văn" if sex == "male" else "Thị") if chance(self._rng, 55) else None
        middle = middle or self._rng.choice(self._middle[sex])
        return f"{surname or self.surname()} {middle} {self._rng.choice(self._given[sex])}"

    def nickname(self) -> str:
        return str(self._rng.choice(self._nicknames))

    def occupation(self) -> str:
        return str(self._rng.choice(self._occupations))

    def hamlet(self) -> str:
        return f"số nhà {self._rng.randint(1, 240)}, {self._rng.choice(self._hamlets)}"


@dataclass(frozen=True)
class Person:
    """What the story needs of a child that was written."""

    id: uuid.UUID
    key: Key
    surname: str
    sex: str
    born: date
    is_day_known: bool  # of birth


@dataclass
class Families:
    """Writes children and carers into `rows`."""

    rows: Rows
    ids: Ids
    rng: Random
    names: Names

    def child(
        self, *, sex: str, age: int, commune: str, at: datetime, like: Person | None = None
    ) -> Person:
        """A child of `age` years at `at`; `like` is a sibling."""
        rng = self.rng
        key = Key(self.ids.at(at))
        self.rows.add_key(key, at)
        child_id = self.ids.at(at)
        born = at.date() - timedelta(days=365 * age + rng.randint(1, 364))
        surname = like.surname if like else self.names.surname()
        precision = rng.choices(list(DobPrecision), weights=(80, 4, 8, 6, 2))[0]
        number = _national_id(rng, sex, born.year) if chance(rng, 65) else None
        estimated = precision is DobPrecision.ESTIMATED
        self.rows.add_sealed(
            Child,
            key,
            child_id,
            full_name=self.names.child(sex, surname),
            aliases=self.names.nickname() if chance(rng, 18) else None,
            dob=_known_dob(born, precision),
            dob_precision=precision,
            birth_year=None if precision is DobPrecision.UNKNOWN else born.year,
            estimated_age=age if estimated else None,
            estimated_on=at.date() if estimated else None,
            sex=Sex(sex),
            national_id=number,
            national_id_hash=number and keyring().lookup("national_id", number),
            ethnicity="01" if chance(rng, 98) else "06",
            residence_commune=commune,
            residence_text=self.names.hamlet(),
            stay_commune=commune if chance(rng, 15) else None,
            school="Trường Tiểu học xã" if 6 <= age <= 10 else None,
            created_at=at,
        )
        return Person(child_id, key, surname, sex, born, precision is DobPrecision.DAY)

    def parents(self, child: Person, at: datetime, suspected: str | None) -> None:
        """Father and mother as far as known; the suspected one is marked."""
        for relation, sex, known in (("father", "male", 82), ("mother", "female", 90)):
            if chance(self.rng, known) or suspected == relation:
                self._carer(child, relation, sex, at, suspected == relation)
        if suspected in ("stepfather", "stepmother"):
            self._carer(
                child, suspected, "male" if suspected == "stepfather" else "female", at, True
            )

    def _carer(self, child: Person, relation: str, sex: str, at: datetime, suspect: bool) -> None:
        phone = f"+849{self.rng.randint(10_000_000, 99_999_999)}" if chance(self.rng, 60) else None
        surname = child.surname if relation == "father" else None
        self.rows.add_sealed(
            Carer,
            child.key,
            self.ids.at(at),
            child_id=child.id,
            relation=relation,
            full_name=self.names.adult(sex, surname),
            birth_year=child.born.year - self.rng.randint(19, 38),
            occupation=self.names.occupation(),
            phone=phone,
            phone_hash=phone and keyring().lookup("phone", phone),
            is_caregiver=not suspect,
            is_suspected=suspect,
        )


def _known_dob(born: date, precision: DobPrecision) -> str | None:
    if precision is DobPrecision.DAY:
        return born.isoformat()
    if precision is DobPrecision.MONTH:
        return born.replace(day=1).isoformat()
    if precision is DobPrecision.YEAR:
        return born.replace(month=1, day=1).isoformat()
    return None


def _national_id(rng: Random, sex: str, year: int) -> str:
    """Twelve digits: province of birth registration, century and sex, year, random (documents,
    section 9)."""
    province = rng.choices(("033", "034", "001", "030"), weights=(55, 35, 6, 4))[0]
    century = (2 if sex == "male" else 3) if year >= 2000 else (0 if sex == "male" else 1)
    return f"{province}{century}{year % 100:02d}{rng.randint(0, 999_999):06d}"
