"""The documents of a case in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.auth.actor import Actor
from app.auth.permissions import Permission, is_allowed
from app.cases.labels import SECTIONS, label_of
from app.cases.models import Case
from app.cases.pages.links import key_text, link
from app.cases.queries.files import FileView
from app.web.filters import vn_datetime
from app.web.words import _

FILES_SHOWN = 25


@dataclass(frozen=True, slots=True)
class FileLine:
    """One document. `remove_url` is "" for who may not."""

    title: str
    about: str
    detail: str
    url: str
    original_url: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class FilesPage:
    lines: tuple[FileLine, ...]
    new_url: str
    next_url: str
    closed: str


def files_page(
    found: Sequence[FileView], *, case: Case, actor: Actor, closed: int, limit: int
) -> FilesPage:
    may_add = is_allowed(actor, Permission.FILE_ADD, case)
    shown = found[:limit]
    here = link("files.index", case_id=case.id)
    last = shown[-1] if len(found) > limit else None
    return FilesPage(
        lines=tuple(_line(view, case, may_add=may_add) for view in shown),
        new_url=link("files.new", case_id=case.id) if may_add else "",
        next_url=f"{here}?after={key_text(last.happened_at, last.id)}" if last else "",
        closed=_("%(n)s tài liệu thuộc phần bạn không được xem.", n=closed) if closed else "",
    )


def _line(view: FileView, case: Case, *, may_add: bool) -> FileLine:
    where = {"case_id": case.id, "file_id": view.id}
    url = link("files.read", **where)
    return FileLine(
        title=view.title,
        about=f"{label_of('file_kinds', view.kind)} · {SECTIONS[view.section]}",
        detail=_(
            "%(when)s · %(size)s · %(name)s thêm lúc %(typed)s",
            when=vn_datetime(view.happened_at),
            size=size_words(view.size),
            name=view.by_name,
            typed=vn_datetime(view.typed_at),
        ),
        url=url,
        original_url=f"{url}?original=1",
        remove_url=link("files.remove", **where) if may_add else "",
    )


def size_words(size: int) -> str:
    """820 KB, 1,4 MB"""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB".replace(".", ",")
