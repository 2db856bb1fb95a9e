"""Exports in words: what one will be, how one stands, what waits for an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.people import actor_of_user
from app.auth.permissions import Section
from app.cases.exporting import EXPORTS, lighter, rules
from app.cases.labels import SECTIONS
from app.cases.models import Export
from app.cases.models.exports import ExportState
from app.cases.pages.home import Waiting
from app.cases.pages.links import link
from app.cases.queries.exports import OwnExportRow, PendingExport, export_state
from app.cases.services.exports import AskerChanged, ListGrew, Outlook, kind_of, present_size
from app.core.tasks import TaskState
from app.web.filters import remaining, vn_datetime
from app.web.words import _, _l

_STATES: dict[str, tuple[str, str, LazyString]] = {
    "waiting": ("warn", "clock", _l("Chờ người thứ hai duyệt")),
    "lapsed": ("", "alert-circle", _l("Không ai duyệt kịp, đã hết hiệu lực")),
    "refused": ("danger", "x", _l("Không được duyệt")),
    "making": ("warn", "clock", _l("Đang làm tệp")),
    "ready": ("ok", "circle-check", _l("Đã xong, tải được")),
    "gone": ("", "trash", _l("Đã xóa tệp")),
    "stopped": ("", "x", _l("Đã dừng theo yêu cầu")),
    "failed": ("danger", "alert-circle", _l("Không làm được")),
}
_WHY_FAILED = {
    AskerChanged.__name__: AskerChanged.message,
    ListGrew.__name__: ListGrew.message,
}


@dataclass(frozen=True, slots=True)
class AskPage:
    """What asking would lead to. `obstacle`: why it cannot be asked for; then there is no form."""

    title: str
    words: Sequence[str]
    columns: Sequence[str]
    outlook: Outlook
    obstacle: str
    why_second: str
    back: str
    lighter_url: str
    suffix: str
    is_whole_file: bool


@dataclass(frozen=True, slots=True)
class StateLine:
    """One export of the person's own."""

    number: str
    title: str
    suffix: str
    url: str
    children: int
    asked: str
    code: str
    state: str
    tone: str
    icon: str
    left: str
    why: str
    decided_by: str


def ask_page(session: Session, actor: Actor, kind: str, query: str, outlook: Outlook) -> AskPage:
    wanted, less = EXPORTS[kind], lighter(kind, query, actor)
    return AskPage(
        title=str(wanted.title),
        words=wanted.words(session, query, actor),
        columns=wanted.contents(query, actor),
        outlook=outlook,
        obstacle=_obstacle(outlook),
        why_second=_why_second(outlook, wanted.sections(query, actor)),
        back=wanted.back(query),
        lighter_url=link("exports.new", list=kind, **dict(parse_qsl(less))) if less else "",
        suffix=wanted.format.suffix,
        is_whole_file=wanted.is_whole_file,
    )


def _obstacle(outlook: Outlook) -> str:
    if not outlook.size.rows:
        return _("Danh sách đang trống, không có gì để xuất.")
    if outlook.is_too_long:
        return _(
            "Danh sách dài hơn %(most)s dòng nên không xuất được. Hãy quay lại, dùng các ô lọc"
            " trên danh sách cho còn ít hơn, rồi xuất.",
            most=rules().most_rows,
        )
    if outlook.needs_second and not outlook.deciders:
        return _(
            "Bản xuất này cần người thứ hai duyệt, và chưa có ai khác được xem đủ các phần trong"
            " bản này. Hãy lọc cho ngắn lại, hoặc nhờ một đồng nghiệp đề nghị để bạn duyệt."
        )
    return ""


def _why_second(outlook: Outlook, sections: frozenset[Section]) -> str:
    """Why one person is not enough; "" where one is."""
    if not outlook.needs_second:
        return ""
    if outlook.is_never_alone:
        held = [str(SECTIONS[one]) for one in rules().never_alone if one in sections]
        return _(
            "Bản này có phần: %(sections)s. Không ai một mình mang phần đó ra khỏi hệ thống.",
            sections="; ".join(held),
        )
    if outlook.before == 0:
        return _("Trên %(n)s trẻ em cần người thứ hai duyệt.", n=rules().alone_children)
    return _(
        "Bạn đã tự xuất %(before)s trẻ em trong %(hours)s giờ qua (một hồ sơ đầy đủ tính là"
        " %(weight)s). Quá %(n)s trẻ em thì cần người thứ hai duyệt.",
        before=outlook.before,
        hours=rules().alone_hours,
        weight=rules().whole_file_counts,
        n=rules().alone_children,
    )


def state_line(row: OwnExportRow, now: datetime) -> StateLine:
    export, code = row.export, _code(row, now)
    tone, icon, words = _STATES[code]
    made = export.made_at
    return StateLine(
        number=export.number,
        title=str(EXPORTS[export.kind].title),
        suffix=EXPORTS[export.kind].format.suffix,
        url=link("exports.show", export_id=export.id),
        children=export.children,
        asked=vn_datetime(export.asked_at),
        code=code,
        state=str(words),
        tone=tone,
        icon=icon,
        left=remaining(made + rules().kept, now) if made and code == "ready" else "",
        why=str(_WHY_FAILED.get(row.error or "", "")) if code == "failed" else "",
        decided_by=row.decided_by or "",
    )


@dataclass(frozen=True, slots=True)
class DecidePage:
    """What the second person sees. `asker` None: the account has changed, there is only a no."""

    export: Export
    line: StateLine
    asker: Actor | None
    words: Sequence[str]
    columns: Sequence[str]
    children: int


def decide_page(session: Session, export: Export, now: datetime) -> DecidePage:
    row, size = export_state(session, export), present_size(session, export, now)
    asker = actor_of_user(session, export.by_id) if size else None
    kind = kind_of(export)
    return DecidePage(
        export=export,
        line=state_line(row, now),
        asker=asker,
        words=filter_words(session, row, asker) if asker else (),
        columns=kind.contents(export.query, asker) if asker else (),
        children=size.children if size else export.children,
    )


def _code(row: OwnExportRow, now: datetime) -> str:
    export = row.export
    if export.state is ExportState.ASKED:
        return "lapsed" if export.is_lapsed(now) else "waiting"
    if export.state is ExportState.REFUSED:
        return "refused"
    if export.made_at is not None:
        return "ready" if export.is_kept(now) else "gone"
    return {TaskState.FAILED: "failed", TaskState.CANCELLED: "stopped"}.get(
        row.task or TaskState.WAITING, "making"
    )


def filter_words(session: Session, row: OwnExportRow, asker: Actor) -> Sequence[str]:
    return kind_of(row.export).words(session, row.export.query, asker)


def exports(pending: Iterable[PendingExport]) -> list[Waiting]:
    """Exports that wait for a second person, for the lists of decisions on the home pages."""
    return [
        Waiting(
            what=_("Xuất ra tệp: XUAT-%(n)06d", n=one.serial),
            why=_(
                "%(who)s xin xuất %(list)s, %(n)s trẻ em",
                who=one.by_name,
                list=str(EXPORTS[one.kind].title).lower(),
                n=one.children,
            ),
            when=vn_datetime(one.asked_at),
            url=link("exports.decide", asked_id=one.id),
            may_decide=True,
        )
        for one in pending
    ]
