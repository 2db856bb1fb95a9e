"""Taking something away as a file: asked for with a reason, agreed to by a second person where it
is much, made in the background, opened with a password by whoever asked, removed in time."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.auth.people import actor_of_user
from app.auth.permissions import Section, has_permission, sections_of
from app.cases.exporting import EXPORTS, Exported, Made, Size, case_in, rules
from app.cases.groups import CLOSED
from app.cases.models import Case, Export
from app.cases.models.exports import ExportClosed, ExportState
from app.cases.policy import visible_to
from app.cases.queries.exports import children_alone, names_of_deciders
from app.core.crypto import keyring
from app.core.errors import DomainError, InvalidInput
from app.core.row_scope import across
from app.core.sealed import DataKey
from app.core.tasks import ask
from app.documents.examine import Examined
from app.documents.models import Copy, FileChunk, StoredFile
from app.documents.vault import keep_file, read_file, replace_served

KIND = "export"
_AT_ONCE = 50
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none is taken for another
_GROUPS, _GROUP = 4, 4  # 79 bits


class AskerChanged(DomainError):
    """The account of the person who asked is closed, or has another unit or role by now."""

    message = _l(
        "Tài khoản của người đề nghị đã khóa hoặc đã đổi đơn vị, vai trò. Không xuất được nữa."
    )


class ListGrew(DomainError):
    """More children than was asked for and agreed to."""

    message = _l("Danh sách đã dài thêm từ lúc đề nghị. Hãy đề nghị lại.")


@dataclass(frozen=True, slots=True)
class ExportData:
    """`kind` is a key of EXPORTS; `query` is what is wanted, as text of codes."""

    kind: str
    query: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Of the second person, to a list of so many children."""

    is_yes: bool
    note: str | None
    children_seen: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What asking for an export now would lead to. `weight`: as how many children of a list it
    counts. `is_never_alone`: it holds what nobody takes away alone. `deciders` are names of who
    could agree."""

    size: Size
    before: int
    weight: int
    is_never_alone: bool
    deciders: Sequence[str] = ()

    @property
    def is_too_long(self) -> bool:
        return self.size.rows > rules().most_rows

    @property
    def needs_second(self) -> bool:
        """With what was exported alone of late, so that many small ones are no way around."""
        return self.is_never_alone or self.before + self.weight > rules().alone_children


def outlook(session: Session, actor: Actor, kind: str, query: str, now: datetime) -> Outlook:
    """Three statements at most."""
    wanted = EXPORTS[kind]
    size, before = wanted.size(session, actor, query, now), children_alone(session, actor.id, now)
    sections = wanted.sections(query, actor)
    found = Outlook(
        size=size,
        before=before,
        weight=size.children * (rules().whole_file_counts if wanted.is_whole_file else 1),
        is_never_alone=wanted.is_whole_file and not sections.isdisjoint(rules().never_alone),
    )
    if not found.needs_second or found.is_too_long:
        return found
    return replace(found, deciders=names_of_deciders(session, actor, sections))


def ask_export(session: Session, *, actor: Actor, data: ExportData, now: datetime) -> Export:
    """Ask for an export; a short one is agreed to at once.

    Raises InvalidInput for a list that is empty, too long, or that nobody could agree to.
    """
    user = session.scalars(
        select(User).where(User.id == actor.id).with_for_update(of=User)
    ).one()  # two asked for at once are counted one after the other
    wanted = EXPORTS[data.kind]
    query = wanted.clean(data.query, actor)
    expected = outlook(session, actor, data.kind, query, now)
    _check(expected)
    export = Export(
        key=user.key,
        kind=data.kind,
        query=query,
        sections=sorted(wanted.sections(query, actor)),
        by_id=actor.id,
        unit_id=actor.unit_id,
        role=actor.role,
        reason=data.reason,
        rows=expected.size.rows,
        children=expected.size.children,
        asked_at=now,
        state=ExportState.ASKED,
    )
    session.add(export)
    session.flush()
    _record(session, actor, export, "asked", now, filters=wanted.filters(query, actor))
    if not expected.needs_second:
        export.state = ExportState.AGREED
        _start(session, export, now)
    return export


def _check(expected: Outlook) -> None:
    if not expected.size.rows:
        raise InvalidInput("query", _l("Danh sách đang trống, không có gì để xuất."))
    if expected.is_too_long:
        raise InvalidInput(
            "query",
            _l("Danh sách dài hơn %(most)s dòng. Hãy lọc cho ngắn lại.", most=rules().most_rows),
        )
    if expected.needs_second and not expected.deciders:
        raise InvalidInput("query", _l("Chưa có ai duyệt được bản xuất này."))


def asker_of(session: Session, export: Export) -> Actor:
    """The person who asked, as they are now. Raises AskerChanged."""
    actor = actor_of_user(session, export.by_id)
    is_same = (
        actor is not None
        and (actor.unit_id, actor.role) == (export.unit_id, export.role)
        and has_permission(actor, kind_of(export).permission)
        and {Section(code) for code in export.sections} <= sections_of(actor)
    )
    if actor is None or not is_same:
        raise AskerChanged
    return actor


def kind_of(export: Export) -> Exported:
    return EXPORTS[export.kind]


def present_size(session: Session, export: Export, now: datetime) -> Size | None:
    """How long the list of the person who asked is now; None where their account has changed."""
    try:
        asker = asker_of(session, export)
    except AskerChanged:
        return None
    with across(session):  # of what the asker may see, which who decides may not all
        return kind_of(export).size(session, asker, export.query, now)


def decide_export(
    session: Session, *, actor: Actor, export: Export, answer: Answer, now: datetime
) -> None:
    """A second person agrees, to no more children than they saw, or refuses.

    Raises OwnExport, ExportDecided, ExportLapsed; for a yes AskerChanged, InvalidInput.
    """
    _lock(session, export)
    export.require_waiting(actor.id, now)
    size = _agreeable(session, export, answer, now) if answer.is_yes else None
    state = ExportState.AGREED if answer.is_yes else ExportState.REFUSED
    export.decide(state, by_id=actor.id, now=now)
    export.answer = answer.note
    if size is not None:
        export.rows, export.children = size.rows, size.children
        _start(session, export, now)
    _record(session, actor, export, "agreed" if answer.is_yes else "refused", now)
    session.flush()


def _agreeable(session: Session, export: Export, answer: Answer, now: datetime) -> Size:
    """How long the list is now. Raises AskerChanged, InvalidInput."""
    size = kind_of(export).size(session, asker_of(session, export), export.query, now)
    if not 0 < size.rows <= rules().most_rows:
        raise InvalidInput("decision", _l("Danh sách nay trống hoặc quá dài: chỉ còn từ chối."))
    if size.children > answer.children_seen:
        raise InvalidInput(
            "decision",
            _l("Danh sách đã dài thêm so với số bạn thấy. Xem lại số trẻ em rồi quyết định."),
        )
    return size


def _start(session: Session, export: Export, now: datetime) -> None:
    payload = {"export_id": str(export.id)}
    export.task_id = ask(session, KIND, user_id=export.by_id, payload=payload, now=now).id
    session.flush()


def keep_export(
    session: Session, *, export: Export, asker: Actor, made: Made, now: datetime
) -> None:
    """Keep what was made, sealed under a key of its own, and note each child on the log. It takes
    the place of an earlier one, of work that began again.

    Raises ListGrew for more children than were agreed to.
    """
    if len({row.child_id for row in made.rows if row.child_id}) > export.children:
        raise ListGrew
    _forget(session, [export], now)
    key = DataKey.new()
    session.add(key)
    examined = Examined(kind_of(export).format.media_type, b"")  # it is served with its password
    stored = keep_file(
        session, key=key, original=made.content, examined=examined, by_id=export.by_id, now=now
    )
    export.file_id, export.made_at = stored.id, now
    children = {row.case_id: row for row in made.rows if row.case_id}
    export.case_ids = sorted(str(case_id) for case_id in children)
    for row in children.values():
        record(
            session,
            asker,
            AuditAction.CASES_EXPORTED,
            at=now,
            case_id=row.case_id,
            subject_id=row.child_id,
            sections=row.closed or export.sections,
            data={"export": export.id},
        )
    _record(session, asker, export, "made", now)
    session.flush()


def lock_export(
    session: Session, *, actor: Actor, export: Export, form_key: uuid.UUID, now: datetime
) -> str:
    """Encrypt the file with a new password, which is returned and kept nowhere.

    The same sending of a form (`form_key`) gives the same password, so that after a double click
    the one that is shown is that of the file. Raises ExportNotMade, ExportGone.
    """
    _lock(session, export)
    stored = session.get_one(StoredFile, export.require_file(now))
    password = _password(export.id, form_key)
    content = read_file(session, stored, Copy.ORIGINAL)
    replace_served(session, stored, kind_of(export).format.lock(content, password))
    export.locked_at = now
    _record(session, actor, export, "password", now)
    return password


def open_export(session: Session, *, actor: Actor, export: Export, now: datetime) -> bytes:
    """The encrypted file, and its reading on the log. Raises what `Export.require_locked` raises,
    AskerChanged, ExportClosed."""
    asker = asker_of(session, export)
    stored = session.get_one(StoredFile, export.require_locked(now))
    _require_open(session, asker, export)
    served = read_file(session, stored, Copy.SERVED)
    facts = {"export": export.id, "sha256": hashlib.sha256(served).hexdigest()}
    record(
        session,
        actor,
        AuditAction.EXPORT_READ,
        at=now,
        case_id=_case_of(export),
        sections=export.sections,
        data=facts,
    )
    return served


def _case_of(export: Export) -> uuid.UUID | None:
    """In whose chain the steps of a whole file stand."""
    return case_in(export.query) if kind_of(export).is_whole_file else None


def _require_open(session: Session, asker: Actor, export: Export) -> None:
    """Every case in the file is open to the asker still. Raises ExportClosed."""
    inside = Case.id.in_([uuid.UUID(one) for one in export.case_ids])
    open_cases = (
        visible_to(asker).where(inside).with_only_columns(func.count(), maintain_column_froms=True)
    )
    if session.scalar(open_cases) != len(export.case_ids):
        raise ExportClosed


def forget_exports(session: Session, now: datetime) -> None:
    """Delete the files that were kept long enough, and destroy their keys. Who exported what, and
    why, stays."""
    old = (
        select(Export)
        .where(Export.file_id.is_not(None), Export.made_at <= now - rules().kept)
        .order_by(Export.made_at)
        .limit(_AT_ONCE)
        .with_for_update(of=Export)
    )
    _forget(session, list(session.scalars(old).unique()), now)


def _forget(session: Session, exports: Sequence[Export], now: datetime) -> None:
    files = [export.file_id for export in exports if export.file_id is not None]
    keys = session.scalars(
        select(DataKey)
        .join(StoredFile, StoredFile.key_id == DataKey.id)
        .where(StoredFile.id.in_(files))
    )
    for key in keys:
        key.destroy(now=now)
    for export in exports:
        export.file_id = None
    session.flush()
    _delete(session, files)


def _lock(session: Session, export: Export) -> None:
    session.scalars(
        select(Export)
        .where(Export.id == export.id)
        .with_for_update(of=Export)
        .execution_options(populate_existing=True)
    ).one()


def _delete(session: Session, files: Sequence[uuid.UUID]) -> None:
    session.execute(delete(FileChunk).where(FileChunk.file_id.in_(files)))
    session.execute(delete(StoredFile).where(StoredFile.id.in_(files)))


def _password(export_id: uuid.UUID, form_key: uuid.UUID) -> str:
    """K7QF-2M9X-…: from the keyset, which no dump of the database has."""
    left = int.from_bytes(keyring().lookup("export password", f"{export_id} {form_key}"), "big")
    letters = []
    for _place in range(_GROUPS * _GROUP):
        left, rest = divmod(left, len(_LETTERS))
        letters.append(_LETTERS[rest])
    text = "".join(letters)
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def _record(
    session: Session,
    actor: Actor,
    export: Export,
    step: str,
    now: datetime,
    **facts: Sequence[str],
) -> None:
    data: dict[str, object] = {"export": export.id, "step": step, "list": export.kind}
    data["user_id"] = export.by_id
    if (
        CLOSED.isdisjoint(export.sections) or kind_of(export).is_whole_file
    ):  # the log's readers could take theirs from it
        data["count"] = export.children
    record(
        session,
        actor,
        AuditAction.EXPORT_CHANGED,
        at=now,
        case_id=_case_of(export),
        sections=export.sections,
        data={**data, **facts},
    )
