"""Who may read and write the register, and which memberships a reader's sections open."""

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, rule, sections_of
from app.cases.groups import CLOSED, opens_all
from app.cases.models import Case
from app.register.groups import open_codes
from app.register.models import GroupMembership, SheetImport


@rule(Permission.REGISTER_READ)
def can_read(actor: Actor, case: Case) -> bool:
    return bool(sections_of(actor))


@rule(Permission.REGISTER_EDIT)
def can_edit(actor: Actor, case: Case) -> bool:
    return case.unit_id is not None and case.unit_id == actor.unit_id


def is_open(sections: frozenset[Section]) -> ColumnElement[bool]:
    """A closed membership is not read, not counted and not hinted at: to this reader it is not
    there. A code that the list does not know is closed."""
    if Section.EVENT not in sections:
        return false()
    if opens_all(sections):
        return true()
    codes = open_codes(sections)
    sub = GroupMembership.sub_code
    return and_(GroupMembership.group_code.in_(codes), or_(sub.is_(None), sub.in_(codes)))


def imports_of(actor: Actor) -> Select[SheetImport]:
    """The spreadsheets of the actor's own unit."""
    return select(SheetImport).where(SheetImport.unit_id == actor.unit_id)


@rule(Permission.IMPORT_RUN)
def can_import(actor: Actor, sheet_import: SheetImport) -> bool:
    """A list names children with their groups, the confidential ones too."""
    needed = {Section.IDENTITY, Section.FAMILY, Section.EVENT, *CLOSED}
    return needed <= sections_of(actor) and sheet_import.unit_id == actor.unit_id
