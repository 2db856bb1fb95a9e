"""What a docx or xlsx is made of: parts in a zip archive, the types of the parts, their relations.

Part of the confined process; `inspect_file.py` loads it by its path. It imports nothing of ours.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

MEMBERS, UNZIPPED = 1_000, 100 * 1024 * 1024
TYPES = "[Content_Types].xml"
MAIN = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# in the type of a part, whatever its name: what runs, and what Office hands to other programs
ACTIVE_TYPES = tuple(
    "macroenabled macrosheet vbaproject activex oleobject attachedtoolbars".split()
)
ACTIVE_RELATIONS = frozenset(
    "vbaproject wordvbadata oleobject control activexcontrolbinary xlmacrosheet xlintlmacrosheet"
    " attachedtoolbars afchunk".split()
)
# a template on the author's own machine: common, fetched from nowhere, and named after the author
_OWN_TEMPLATE = re.compile(r"(?:file:///\w|[A-Za-z]:\\)[^\r\n]*|[^/\\:]+")

Relation = dict[str, str]


class FaultFound(Exception):
    """A reason to refuse the file: a code of examine.Fault."""


def office(content: bytes) -> str:
    """The media type. Raises FaultFound for what acts by itself or fetches from elsewhere."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        check(archive)
        names = archive.namelist()
    for part, media_type in MAIN.items():
        if part in names:
            return media_type
    raise FaultFound("type")


def check(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MEMBERS or sum(member.file_size for member in members) > UNZIPPED:
        raise FaultFound("bomb")
    if any(member.flag_bits & 0x1 for member in members):
        raise FaultFound("locked")
    names = [member.filename.lower() for member in members]
    if any(_is_active(name) for name in names):
        raise FaultFound("macros")
    if TYPES not in archive.namelist():
        raise FaultFound("type")
    if len(set(names)) < len(names):
        raise FaultFound("broken")  # which of the two counts is each reader's own affair
    if any(word in kind for kind in types_of(archive).values() for word in ACTIVE_TYPES):
        raise FaultFound("macros")
    for member in members:
        if member.filename.lower().endswith(".rels"):
            for relation in relations_in(archive.read(member)):
                _check_relation(relation)


def _is_active(member: str) -> bool:
    """Macros, controls and the binary format. What Excel notes of a printer is a .bin too, and
    stands in nearly every workbook that was ever printed."""
    is_printer = "/printersettings/" in member
    return "vbaproject" in member or (member.endswith(".bin") and not is_printer)


def _check_relation(relation: Relation) -> None:
    kind, target = _kind(relation), relation.get("Target", "")
    if kind in ACTIVE_RELATIONS:
        raise FaultFound("macros")
    is_outside = relation.get("TargetMode", "").strip().lower() == "external" or "://" in target
    is_harmless = kind == "hyperlink" or (
        kind == "attachedtemplate" and _OWN_TEMPLATE.fullmatch(target)
    )
    if kind == "externallink" or (is_outside and not is_harmless):
        raise FaultFound("linked")


def _kind(relation: Relation) -> str:
    """The last word of its type: Office and the strict standard begin it in different ways."""
    return relation.get("Type", "").strip().rpartition("/")[2].lower()


def types_of(archive: zipfile.ZipFile) -> dict[str, str]:
    """Type, in small letters, by "/name" of a part or by the end of its name."""
    return {
        attributes.get("PartName", attributes.get("Extension", "")).lower(): attributes.get(
            "ContentType", ""
        ).lower()
        for name, attributes in _elements(archive.read(TYPES))
        if name in ("Override", "Default")
    }


def relations_in(part: bytes) -> Iterator[Relation]:
    return (attributes for name, attributes in _elements(part) if name == "Relationship")


def _elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    """Name and attributes of every element, in any encoding; who defines entities is not read."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, attributes: found.append(
        (name.rpartition(" ")[2], attributes)
    )
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.Parse(xml, True)
    return found


def _refuse_doctype(*_declared: object) -> None:
    raise FaultFound("broken")
