"""What a docx or xlsx is made of: parts in a zip archive, the types of the parts, their relations.

Part of the confined process; `inspect_file.py` loads it by its path. It imports nothing of ours.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from html import escape
from xml.parsers import expat

MEMBERS, UNZIPPED = 1_000, 100 * 1024 * 1024
DEPTH = 2  # a chart keeps its numbers in a workbook inside the document
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

_FOLDER = re.compile(rb'(<x15ac:absPath\s[^>]*?\burl=")[^"]*')  # where the author keeps it
_NAMESPACE = "http://schemas.openxmlformats.org/package/2006/relationships"
_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006"
# who wrote it, when, for whom: by the type of the part or by its name
EMPTY = {
    "core-properties+xml": f'<coreProperties xmlns="{_CORE}"/>',
    "extended-properties+xml": f'<Properties xmlns="{_PROPERTIES}/extended-properties"/>',
    "custom-properties+xml": f'<Properties xmlns="{_PROPERTIES}/custom-properties"/>',
}
_BY_NAME = {
    "docprops/core.xml": "core-properties+xml",
    "docprops/app.xml": "extended-properties+xml",
    "docprops/custom.xml": "custom-properties+xml",
}
_PNG_NOTES = frozenset((b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"))
_PIXELS_BEGIN = (b"\xda", b"\xff", b"")  # nothing follows that has a length

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
    types = types_of(archive)
    if any(word in kind for kind in types.values() for word in ACTIVE_TYPES):
        raise FaultFound("macros")
    for member, name in zip(members, names, strict=True):
        if name.endswith(".rels"):
            folder, _rels, part = name.rpartition("_rels/")
            is_read = not _type(types, folder + part.removesuffix(".rels")).endswith("settings+xml")
            for relation in relations_in(archive.read(member)):
                _check_relation(relation, is_read)


def _is_active(member: str) -> bool:
    """Macros, controls and the binary format. What Excel notes of a printer is a .bin too, and
    stands in nearly every workbook that was ever printed."""
    is_printer = "/printersettings/" in member
    return "vbaproject" in member or (member.endswith(".bin") and not is_printer)


def _check_relation(relation: Relation, is_read: bool) -> None:
    """`is_read`: it is of a part that a person reads, who may follow a link; settings are not."""
    kind, target = _kind(relation), relation.get("Target", "")
    if kind in ACTIVE_RELATIONS:
        raise FaultFound("macros")
    is_outside = relation.get("TargetMode", "").strip().lower() == "external" or "://" in target
    is_harmless = (kind == "hyperlink" and is_read) or (
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


def without_notes(content: bytes, depth: int = 0) -> bytes:
    """Packed anew, without who wrote it, when, with what, and where it lay. What stands in the text
    stays, the names beside remarks and changes too. `content` has been checked."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as made:
        types = types_of(archive)
        for member in archive.infolist():
            name = member.filename
            if not member.is_dir() and not name.lower().startswith("docprops/thumbnail"):
                part = _rewritten(
                    name.lower(), _type(types, name.lower()), archive.read(name), depth
                )
                made.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _type(types: dict[str, str], name: str) -> str:
    return types.get(f"/{name}") or types.get(name.rpartition(".")[2], "")


def _rewritten(name: str, kind: str, part: bytes, depth: int) -> bytes:
    notes = _BY_NAME.get(name, kind.rpartition(".")[2])
    if notes in EMPTY:
        return EMPTY[notes].encode()
    if name.endswith(".rels"):
        return _relations(part)
    if name == "xl/workbook.xml":
        return _FOLDER.sub(rb"\1", part)
    if part.startswith(b"PK\x03\x04"):
        return _embedded(part, depth + 1)
    return picture_without_notes(part)


def _relations(part: bytes) -> bytes:
    """As they were, but for the small picture of the first page and where a template lies."""
    kept = [relation for relation in relations_in(part) if _kind(relation) != "thumbnail"]
    for relation in kept:
        if _kind(relation) == "attachedtemplate":
            relation["Target"] = "Normal.dotm"
    lines = "".join(f"<Relationship {_attributes(relation)}/>" for relation in kept)
    return f'<Relationships xmlns="{_NAMESPACE}">{lines}</Relationships>'.encode()


def _attributes(relation: Relation) -> str:
    known = ("Id", "Type", "Target", "TargetMode")
    return " ".join(f'{name}="{escape(relation[name])}"' for name in known if name in relation)


def _embedded(part: bytes, depth: int) -> bytes:
    """A document in the document, as a chart keeps its numbers."""
    if depth > DEPTH:
        raise FaultFound("bomb")
    with zipfile.ZipFile(io.BytesIO(part)) as archive:
        check(archive)
    return without_notes(part, depth)


def picture_without_notes(part: bytes) -> bytes:
    """A JPEG or PNG with the same dots; anything else as it is."""
    if part.startswith(b"\xff\xd8\xff"):
        return b"".join(_jpeg_segments(part))
    if part.startswith(b"\x89PNG\r\n\x1a\n"):
        return b"".join(_png_chunks(part))
    return part


def _jpeg_segments(part: bytes) -> Iterator[bytes]:
    """Without Exif, XMP, pictures of other sizes, remarks: of what programs add only JFIF, colours
    (ICC) and Adobe's kind of colours stay, which change what is seen."""
    yield part[:2]
    place = 2
    while part[place : place + 1] == b"\xff" and part[place + 1 : place + 2] not in _PIXELS_BEGIN:
        marker, length = part[place + 1], int.from_bytes(part[place + 2 : place + 4])
        segment = part[place : place + 2 + length]
        is_colour = marker in (0xE0, 0xEE) or segment[4:15] == b"ICC_PROFILE"
        if is_colour or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            yield segment
        place += 2 + length
    yield part[place:]


def _png_chunks(part: bytes) -> Iterator[bytes]:
    yield part[:8]
    place = 8
    while place < len(part):
        end = place + 12 + int.from_bytes(part[place : place + 4])
        if part[place + 4 : place + 8] not in _PNG_NOTES:
            yield part[place:end]
        place = end
