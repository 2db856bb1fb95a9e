"""The documents of a case, as far as the reader's sections open them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from app.auth.models import User
from app.auth.permissions import Section
from app.cases.models import CaseFile
from app.core.sealed import DataKey, open_field
from app.documents.models import StoredFile

Key = tuple[datetime, uuid.UUID]


@dataclass(frozen=True, slots=True)
class FileView:
    """One document of an open section."""

    id: uuid.UUID
    kind: str
    section: Section
    title: str
    media_type: str
    size: int
    happened_at: datetime
    typed_at: datetime
    by_name: str


def files_of(
    session: Session,
    case_id: uuid.UUID,
    *,
    sections: frozenset[Section],
    after: Key | None = None,
    limit: int,
) -> list[FileView]:
    """At most `limit` + 1 documents, the newest first; one statement."""
    place = tuple_(CaseFile.happened_at, CaseFile.id)
    rows = _shown(case_id, sections).order_by(CaseFile.happened_at.desc(), CaseFile.id.desc())
    if after:
        rows = rows.where(place < after)
    return [_view(row) for row in session.execute(rows.limit(limit + 1))]


def closed_files(session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]) -> int:
    """How many documents stand in sections that the reader may not see."""
    closed = select(func.count()).where(
        CaseFile.case_id == case_id,
        CaseFile.removed_at.is_(None),
        CaseFile.section.not_in(sorted(sections)),
    )
    return session.scalar(closed) or 0


def file_of(
    session: Session, case_id: uuid.UUID, file_id: uuid.UUID, *, sections: frozenset[Section]
) -> CaseFile | None:
    """One document with what is stored; None for another case's or one of a closed section."""
    return session.scalars(
        select(CaseFile)
        .where(
            CaseFile.id == file_id,
            CaseFile.case_id == case_id,
            CaseFile.section.in_(sorted(sections)),
        )
        .options(joinedload(CaseFile.file, innerjoin=True))
    ).one_or_none()


def _shown(case_id: uuid.UUID, sections: frozenset[Section]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            CaseFile.id,
            CaseFile.kind,
            CaseFile.section,
            CaseFile.title_sealed,
            CaseFile.happened_at,
            CaseFile.typed_at,
            StoredFile.media_type,
            StoredFile.size,
            User.name,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(StoredFile, StoredFile.id == CaseFile.file_id)
        .join(DataKey, DataKey.id == CaseFile.key_id)
        .join(User, User.id == CaseFile.by_id)
        .where(
            CaseFile.case_id == case_id,
            CaseFile.removed_at.is_(None),
            CaseFile.section.in_(sorted(sections)),
        )
    )


def _view(row: Row[*tuple[Any, ...]]) -> FileView:
    title = open_field(CaseFile, "title", row.id, (row.key_id, row.wrapped), row.title_sealed)
    return FileView(
        id=row.id,
        kind=row.kind,
        section=row.section,
        title=title or "",
        media_type=row.media_type,
        size=row.size,
        happened_at=row.happened_at,
        typed_at=row.typed_at,
        by_name=row.name,
    )
