"""A packet in words: panel by panel, the same on the page, in the preview, on the slip."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.auth.permissions import Section
from app.cases.account import section_of_text
from app.cases.labels import SECTIONS, label_of
from app.cases.models import CaseFile
from app.cases.pages.file import TEXT_WORDS, report_rows
from app.cases.plan_words import ACTIVITY_STATES
from app.cases.queries.file import ReportView
from app.people import fields
from app.reference.library import form_definition
from app.referrals.queries.packet import Packet
from app.web.filters import vn_date
from app.web.words import _

S = Section
Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FileLine:
    id: uuid.UUID
    title: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Panel:
    """One section: rows of (label, words). Without rows nothing is known of it yet."""

    section: Section
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PacketPage:
    panels: tuple[Panel, ...]
    files: tuple[FileLine, ...]

    @property
    def is_empty(self) -> bool:
        return not self.panels


def packet_page(packet: Packet) -> PacketPage:
    """The panels in the order of the file's sections."""
    return PacketPage(
        panels=tuple(
            Panel(section, str(SECTIONS[section]), tuple(_rows(packet, section)))
            for section in Section
            if section in packet.sections
        ),
        files=tuple(_file(file) for file in packet.files),
    )


def _rows(packet: Packet, section: Section) -> Iterable[Row]:
    for own in _OWN.get(section, ()):
        yield from own(packet)
    for name, version, text in packet.texts.get(section, ()):
        yield _field_label(name, version), text


def _child(section: Section) -> Callable[[Packet], Iterable[Row]]:
    def rows(packet: Packet) -> Iterable[Row]:
        known = fields.readable(fields.CHILD, packet.case.child, frozenset({section}))
        return ((str(field.label), words) for field, words in known if words)

    return rows


def _texts(section: Section) -> Callable[[Packet], Iterable[Row]]:
    def rows(packet: Packet) -> Iterable[Row]:
        said = _said(packet.report, section) if packet.report else {}
        return ((str(TEXT_WORDS[name]), text) for name, text in said.items())

    return rows


def _said(report: ReportView, section: Section) -> dict[str, str]:
    """The words of the report that belong to the section."""
    account = report.head.account_section
    return {
        name: text
        for name, text in report.texts.items()
        if section_of_text(name, account) is section
    }


def _event(packet: Packet) -> Iterable[Row]:
    """As the report is shown in the file; only the words of the event itself."""
    report = packet.report
    if report is None:
        return ()
    view = ReportView(report.case, report.sections, report.head, _said(report, S.EVENT))
    return ((label, words) for label, words in report_rows(view) if words)


def _carers(packet: Packet) -> Iterable[Row]:
    """With addresses and phones only where that section goes too."""
    opened = packet.sections & {S.FAMILY, S.CONTACT}
    for carer in packet.carers:
        said = [
            str(field.label) if field.name.startswith("is_") else words
            for field, words in fields.readable(fields.CARER, carer, opened)
            if words and field.name != "relation"
        ]
        yield fields.relation_label(carer.relation), ", ".join(said)


def _risk(packet: Packet) -> Iterable[Row]:
    level = packet.case.risk_level
    yield _("Mức nguy cơ"), label_of("risk_levels", level.value) if level else _("Chưa đánh giá")


def _plan(packet: Packet) -> Iterable[Row]:
    if not packet.activities:
        yield _("Hoạt động"), _("Không có hoạt động nào giao cho đơn vị nhận.")
    for activity in packet.activities:
        unit = activity.responsible_unit
        said = [
            activity.what or "",
            unit.short_name if unit else activity.responsible or "",
            f"{vn_date(activity.starts_on)} - {vn_date(activity.ends_on)}",
            str(ACTIVITY_STATES[activity.state]),
        ]
        yield label_of("needs", activity.domain), " · ".join(part for part in said if part)


_OWN: Mapping[Section, tuple[Callable[[Packet], Iterable[Row]], ...]] = {
    S.IDENTITY: (_child(S.IDENTITY),),
    S.CONTACT: (_child(S.CONTACT), _texts(S.CONTACT)),
    S.FAMILY: (_carers, _texts(S.FAMILY)),
    S.EVENT: (_event,),
    S.EDUCATION: (_child(S.EDUCATION),),
    S.ASSESSMENT: (_risk,),
    S.PLAN: (_plan,),
    S.SEXUAL_ABUSE: (_texts(S.SEXUAL_ABUSE),),
}


def _field_label(name: str, version: int) -> str:
    form = form_definition("form03", version=version)
    return next((str(field.label) for field in form.fields if field.name == name), name)


def _file(file: CaseFile) -> FileLine:
    return FileLine(file.id, file.title or "", label_of("file_kinds", file.kind), file.file.size)
