"""What of the cases does not go with the child's own key: keys of other rows, a report that
siblings share, files, words under a person's key, hashes."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    cast,
    delete,
    func,
    inspect,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from app.auth.models import User
from app.cases.erasing import AGAINST, FORGET, ChildIds, Destroyed, Obstacle
from app.cases.models import (
    Case,
    Draft,
    ErasureRequest,
    Export,
    Informant,
    LegalHold,
    Report,
    ShelterAddress,
)
from app.cases.models.care import Separation
from app.core.db import Base
from app.core.errors import InvalidInput
from app.core.ids import new_id
from app.core.sealed import DataKey, SealedRow
from app.deadlines.models import Deadline, DeadlineExtension
from app.documents.models import FileChunk, StoredFile
from app.people.merging import MERGE_CHECKS
from app.people.models import Carer, Child

_JUNK = b"\x00"  # says that words stood here, without any of them


def what_runs(session: Session, ids: ChildIds) -> Iterable[Obstacle]:
    """An open case, a clock, a check that is to come, a legal hold; one statement."""
    of_child = Case.id.in_(ids.cases)
    clocks = (Deadline.subject_id.in_(ids.cases)) & Deadline.closed_at.is_(None)
    holds = (LegalHold.child_id.in_(ids.children)) & LegalHold.until.is_(None)
    found = session.execute(
        select(
            _count(Case.id.expression, of_child & Case.is_ended.is_(False)).label("open"),
            _count(Deadline.id.expression, clocks).label("clocks"),
            _count(Case.id.expression, of_child & Case.check_on.is_not(None)).label("checks"),
            _count(LegalHold.id.expression, holds).label("holds"),
        )
    ).one()
    if found.holds:
        yield Obstacle("hold", _l("Hồ sơ đang được giữ theo pháp luật."))
    if found.open:
        yield Obstacle("open_case", _l("Trẻ em còn %(n)s hồ sơ chưa kết thúc.", n=found.open))
    if found.clocks:
        yield Obstacle("clock", _l("Còn %(n)s thời hạn đang chạy.", n=found.clocks))
    if found.checks:
        yield Obstacle("check", _l("Còn lần kiểm tra sau khi đóng hồ sơ chưa ghi."))


def forget_of_reports(session: Session, ids: ChildIds, now: datetime) -> Destroyed:
    """The reports of this child alone, with their informants, and the addresses of shelters.

    A report that is about siblings too stays theirs; the case of the erased child gets its codes
    and nothing else, so that no page of it leads to their words.
    """
    shared = set(
        session.scalars(
            select(Case.report_id)
            .where(Case.report_id.in_(_reports(ids)), Case.id.not_in(ids.cases))
            .distinct()
        )
    )
    own = [one for one in session.scalars(_reports(ids)) if one not in shared]
    for report in session.scalars(select(Report).where(Report.id.in_(shared))).unique():
        _split(session, report, ids, now)
    informants = select(Informant.key_id).where(Informant.report_id.in_(own))
    reports = select(Report.key_id).where(Report.id.in_(own))
    shelters = (
        select(ShelterAddress.key_id)
        .join(Separation, Separation.id == ShelterAddress.separation_id)
        .where(Separation.case_id.in_(ids.cases))
    )
    keys = (*session.scalars(informants), *session.scalars(reports), *session.scalars(shelters))
    return destroy_keys(session, keys, now)


def forget_rows(session: Session, ids: ChildIds, now: datetime) -> Destroyed:
    """Whatever else is recorded of the cases, under whatever key: of every table that names a case.

    Nearly all of it is under the child's key; this is the net below. People's own keys, and that of
    the request itself, stay.
    """
    keys: set[uuid.UUID] = set()
    for table in _tables_of_cases():
        keys.update(session.scalars(select(table.key_id).where(table.case_id.in_(ids.cases))))
    more_time = select(DeadlineExtension.key_id).join(
        Deadline, Deadline.id == DeadlineExtension.deadline_id
    )
    keys.update(session.scalars(more_time.where(Deadline.subject_id.in_(ids.cases))))
    keys.difference_update(session.scalars(select(User.key_id).where(User.key_id.in_(keys))))
    return destroy_keys(session, keys, now)


def _tables_of_cases() -> Iterator[Any]:
    for mapper in Base.registry.mappers:
        table = mapper.class_
        is_sealed = issubclass(table, SealedRow) and hasattr(table, "case_id")
        if is_sealed and table is not ErasureRequest:
            yield table


def forget_files(session: Session, ids: ChildIds, now: datetime) -> Destroyed:
    """What is in the vault under the child's key (files, dossiers), and every export with it: the
    ciphertext too, which a backup of the key could open."""
    child_keys = select(Child.key_id).where(Child.id.in_(ids.children))
    files = list(session.scalars(select(StoredFile.id).where(StoredFile.key_id.in_(child_keys))))
    exports = _exports(session, ids)
    exported = [one.file_id for one in exports if one.file_id is not None]
    keys = session.scalars(select(StoredFile.key_id).where(StoredFile.id.in_(exported))).all()
    for export in exports:
        export.file_id = None
    session.flush()
    gone = destroy_keys(session, keys, now)
    session.execute(delete(FileChunk).where(FileChunk.file_id.in_([*files, *exported])))
    session.execute(delete(StoredFile).where(StoredFile.id.in_(exported)))
    return gone + Destroyed(files=len(files) + len(exported))


def forget_typed(session: Session, ids: ChildIds, now: datetime) -> Destroyed:
    """Unsent forms about the child, which are under the key of who typed them; the hashes by which
    its numbers were found."""
    subjects = [*ids.cases, *ids.children]
    session.execute(delete(Draft).where(Draft.subject_id.in_(subjects)))
    of_child = Child.id.in_(ids.children)
    session.execute(update(Child).where(of_child).values(national_id_hash=None))
    session.execute(update(Carer).where(Carer.child_id.in_(ids.children)).values(phone_hash=None))
    return Destroyed()


def destroy_keys(session: Session, key_ids: Iterable[uuid.UUID], now: datetime) -> Destroyed:
    """What was sealed under these keys can never be read again."""
    keys = session.scalars(
        select(DataKey)
        .where(DataKey.id.in_(set(key_ids)), DataKey.wrapped.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for key in keys:
        key.destroy(now=now)
    session.flush()
    return Destroyed(keys=len(keys))


def _split(session: Session, report: Report, ids: ChildIds, now: datetime) -> None:
    """A row with the codes of the report for the cases of the erased child."""
    key = DataKey(id=new_id(), wrapped=None, created_at=now, destroyed_at=now)
    codes = {
        name: getattr(report, name)
        for name in _columns()
        if name not in ("id", "key_id", "version") and not name.endswith("_sealed")
    }
    sealed = {
        name: _JUNK
        for name in _columns()
        if name.endswith("_sealed") and getattr(report, name) is not None
    }
    part = Report(key=key, **{**codes, **sealed, "split_from_id": report.id})
    session.add(part)
    session.flush()
    moved = (Case.report_id == report.id) & Case.id.in_(ids.cases)
    for case in session.scalars(select(Case).where(moved)):
        case.report_id = part.id


def _columns() -> list[str]:
    return [column.key for column in inspect(Report).column_attrs]


def _reports(ids: ChildIds) -> Select[uuid.UUID]:
    return select(Case.report_id).where(Case.id.in_(ids.cases)).distinct()


def _exports(session: Session, ids: ChildIds) -> Sequence[Export]:
    held = Export.case_ids.op("?|", is_comparison=True)(
        cast([str(one) for one in ids.cases], ARRAY(Text))
    )
    kept = select(Export).where(Export.file_id.is_not(None), held)
    return session.scalars(kept.with_for_update(of=Export)).unique().all()


def _count(column: ColumnElement[Any], where: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count(column)).where(where).scalar_subquery()


def require_not_erasing(session: Session, kept_id: uuid.UUID, merged_id: uuid.UUID) -> None:
    """Two records do not become one while one is being erased, or after. Raises
    InvalidInput("other")."""
    both = (kept_id, merged_id)
    erased = (
        select(Child.id)
        .join(DataKey, DataKey.id == Child.key_id)
        .where(Child.id.in_(both), DataKey.wrapped.is_(None))
    )
    running = select(ErasureRequest.child_id).where(
        ErasureRequest.child_id.in_(both), ErasureRequest.ended_at.is_(None)
    )
    if session.scalar(union_all(erased, running).limit(1)) is not None:
        raise InvalidInput(
            "other", _l("Một trong hai bản ghi đã bị xóa dữ liệu, hoặc đang có đề nghị xóa.")
        )


MERGE_CHECKS.append(require_not_erasing)
AGAINST.append(what_runs)
FORGET.extend((forget_of_reports, forget_rows, forget_files, forget_typed))
