"""Changing what is known of a child: who changed what since, and what is written down about it."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.audit.actions import AuditAction
from app.audit.models import AuditEvent
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section
from app.core import clock
from app.core.crypto import keyring
from app.core.dates import PartialDate
from app.core.errors import InvalidInput, StaleEdit
from app.people import fields
from app.people.child_file import carers_of
from app.people.hooks import CHILD_EDITED, FieldChange
from app.people.models import Carer, Child, DobPrecision, Sex
from app.web.filters import vn_datetime


@dataclass(frozen=True, slots=True)
class CarerData:
    """A carer as typed; `id` None for a new one."""

    relation: str
    id: uuid.UUID | None = None
    full_name: str | None = None
    birth_year: int | None = None
    occupation: str | None = None
    phone: str | None = None  # E.164
    address: str | None = None
    is_caregiver: bool = False
    is_suspected: bool = False


@dataclass(frozen=True, slots=True)
class ChildData:
    """A child as typed. Either `birth` or `estimated_age`, or neither."""

    full_name: str | None = None
    aliases: str | None = None
    birth: PartialDate | None = None
    estimated_age: int | None = None
    sex: Sex = Sex.UNKNOWN
    national_id: str | None = None
    ethnicity: str | None = None
    residence_commune: str | None = None
    residence_text: str | None = None
    stay_commune: str | None = None
    stay_text: str | None = None
    school: str | None = None
    carers: Sequence[CarerData] = ()


_COPIED = (
    "full_name aliases sex ethnicity residence_commune residence_text stay_commune stay_text school"
).split()
_CARER_COPIED = (
    "relation full_name birth_year occupation address is_caregiver is_suspected"
).split()


def edit_child(
    session: Session,
    *,
    actor: Actor,
    child: Child,
    data: ChildData,
    expected_version: int,
    now: datetime,
) -> list[FieldChange]:
    """Write what was typed; returns what changed, nothing if nothing did.

    Raises StaleEdit when somebody saved since `expected_version`, and InvalidInput for a carer of
    another child.
    """
    session.refresh(child, with_for_update={"of": Child, "key_share": True})
    carers = carers_of(session, child)
    if child.version != expected_version:
        raise StaleEdit(_changes_since(session, child, carers, expected_version), child.version)
    before, family = _words(child), _family_words(carers)
    if child.residence_commune != data.residence_commune:
        child.residence_noted_at = now
    write_child(child, data, clock.local(now).date())
    carers = _write_carers(session, child, carers, data.carers)
    changes = [
        *_differences(before, _words(child)),
        *_family_changes(family, _family_words(carers)),
    ]
    if not changes:
        return []
    flag_modified(child, "created_at")  # a changed carer is a new version of the child's file too
    session.flush()
    record(
        session,
        actor,
        AuditAction.CHILD_CHANGED,
        at=now,
        subject_id=child.id,
        data={"fields": [change.field for change in changes], "version": child.version},
    )
    for listener in CHILD_EDITED:
        listener(session, actor, child, changes, now)
    return changes


def write_child(child: Child, data: ChildData, today: date) -> None:
    """Copy what was typed, with what follows from it: hash, year of birth, precision."""
    for name in _COPIED:
        if getattr(child, name) != getattr(data, name):
            setattr(child, name, getattr(data, name))
    child.national_id = data.national_id
    child.national_id_hash = (
        keyring().lookup("national_id", data.national_id) if data.national_id else None
    )
    if data.birth is not None:
        child.dob = data.birth.value.isoformat()
        child.dob_precision = DobPrecision(data.birth.precision)
        child.birth_year = data.birth.value.year
        child.estimated_age = child.estimated_on = None
    elif data.estimated_age is not None:
        if (child.dob_precision, child.estimated_age) != (
            DobPrecision.ESTIMATED,
            data.estimated_age,
        ):
            child.estimated_age, child.estimated_on = data.estimated_age, today
            child.birth_year = today.year - data.estimated_age
        child.dob, child.dob_precision = None, DobPrecision.ESTIMATED
    else:
        child.dob = child.estimated_age = child.estimated_on = child.birth_year = None
        child.dob_precision = DobPrecision.UNKNOWN


def new_carer(child: Child, data: CarerData) -> Carer:
    carer = Carer(key=child.key, child_id=child.id, relation=data.relation)
    write_carer(carer, data)
    return carer


def write_carer(carer: Carer, data: CarerData) -> None:
    for name in _CARER_COPIED:
        if getattr(carer, name) != getattr(data, name):
            setattr(carer, name, getattr(data, name))
    carer.phone = data.phone
    carer.phone_hash = keyring().lookup("phone", data.phone) if data.phone else None


def _write_carers(
    session: Session, child: Child, known: Sequence[Carer], typed: Sequence[CarerData]
) -> list[Carer]:
    """The carers after the change; one that is no longer in the form goes."""
    by_id = {carer.id: carer for carer in known}
    kept: list[Carer] = []
    for data in typed:
        if data.id is None:
            carer = new_carer(child, data)
            session.add(carer)
        elif data.id in by_id:
            carer = by_id.pop(data.id)
            write_carer(carer, data)
        else:
            raise InvalidInput("carers", _("Người này không thuộc hồ sơ của trẻ em này."))
        kept.append(carer)
    for gone in by_id.values():
        session.delete(gone)
    return kept


def _words(child: Child) -> dict[str, str]:
    return {field.name: field.words(child) for field in fields.CHILD}


def _family_words(carers: Sequence[Carer]) -> dict[uuid.UUID, tuple[str, str]]:
    return {
        carer.id: (
            fields.carer_words(carer, Section.FAMILY),
            fields.carer_words(carer, Section.CONTACT),
        )
        for carer in carers
    }


def _differences(before: dict[str, str], after: dict[str, str]) -> Iterator[FieldChange]:
    for field in fields.CHILD:
        old, new = before[field.name], after[field.name]
        if old != new:
            yield FieldChange(field.name, field.section, old, new)


def _family_changes(
    before: dict[uuid.UUID, tuple[str, str]], after: dict[uuid.UUID, tuple[str, str]]
) -> Iterator[FieldChange]:
    """One change for all carers together in each of the sections family and contact."""
    parts = ("carers", Section.FAMILY), ("carers_contact", Section.CONTACT)
    for part, (name, section) in enumerate(parts):
        pairs = [
            (before.get(carer_id, ("", ""))[part], after.get(carer_id, ("", ""))[part])
            for carer_id in dict.fromkeys([*before, *after])
        ]
        changed = [pair for pair in pairs if pair[0] != pair[1]]
        if changed:
            old, new = ("\n".join(filter(None, words)) for words in zip(*changed, strict=True))
            yield FieldChange(name, section, old, new)


def _changes_since(
    session: Session, child: Child, carers: Sequence[Carer], version: int
) -> list[tuple[str, str, str]]:
    """What others changed after `version`, from the log: (label, the value now, who and when)."""
    events = session.execute(
        select(AuditEvent.at, AuditEvent.body, User.name)
        .join(User, User.id == AuditEvent.actor_id)
        .where(
            AuditEvent.subject_id == child.id,
            AuditEvent.action == AuditAction.CHILD_CHANGED.value,
        )
        .order_by(AuditEvent.id.desc())
        .limit(20)
    ).all()
    values = _words(child)
    family = _family_words(carers).values()
    values["carers"] = "\n".join(words for words, _contact in family)
    values["carers_contact"] = "\n".join(contact for _words, contact in family if contact)
    changes: dict[str, tuple[str, str, str]] = {}
    for at, body, name in events:
        data = json.loads(body)["data"]
        if data.get("version", 0) > version:
            for field in data["fields"]:
                who = f"{name}, {vn_datetime(at)}"
                label = str(fields.LABELS.get(field, field))
                changes.setdefault(field, (label, values.get(field) or "–", who))
    return list(changes.values())
