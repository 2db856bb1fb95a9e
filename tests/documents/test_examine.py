"""What a file is taken for, what is left out of its copy, and what is refused."""

import io
import os
import zipfile
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    TextStringObject,
)

from app.documents.examine import MAX_BYTES, Fault, FileRefused, examine
from tests.documents.test_inspect_film import film


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **saved: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **saved)
    return out.getvalue()


def with_position() -> bytes:
    """A photo as a phone takes it: turned, with where it was taken and on which device."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned by 90 degrees
    exif[0x010F] = "CanaryPhone"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif)


def pdf(change: Any = None, pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    if change:
        change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def scripted(writer: PdfWriter) -> None:
    """What it does when it is opened is a script."""
    action = DictionaryObject()
    action[NameObject("/S")] = NameObject("/JavaScript")
    action[NameObject("/JS")] = TextStringObject("app.alert(1)")
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)


def archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


def types(*parts: tuple[str, str]) -> bytes:
    """The list of types, with these parts in it."""
    said = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts)
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<Types xmlns="{space}">{said}</Types>'.encode()


def relation(kind: str, target: str = "x.dat", mode: str = "") -> bytes:
    """One relation, as Office writes them."""
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    how = f' TargetMode="{mode}"' if mode else ""
    said = f'<Relationship Id="rId1" Type="{office}/{kind}" Target="{target}"{how}/>'
    return f'<Relationships xmlns="{space}">{said}</Relationships>'.encode()


RENAMED = "application/vnd.ms-word.document.macroEnabled.main+xml"
WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}
SHEET = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


def fault(content: bytes) -> Fault:
    with pytest.raises(FileRefused) as refused:
        examine(content)
    return refused.value.fault


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (picture(), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (pdf(), "application/pdf"),
        (archive(WORD), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (archive(SHEET), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (film(), "video/mp4"),
    ],
)
def test_a_file_is_what_it_holds(content: bytes, media_type: str) -> None:
    assert examine(content).media_type == media_type


def test_the_copy_of_a_photo_is_upright_and_says_nothing_more() -> None:
    original = with_position()
    assert b"CanaryPhone" in original
    served = examine(original).served
    with Image.open(io.BytesIO(served)) as shown:
        assert shown.size == (40, 60)
        assert not shown.getexif()
    assert b"CanaryPhone" not in served


def test_a_picture_that_hides_another_file_is_drawn_anew() -> None:
    served = examine(picture("PNG") + archive({"evil.sh": b"#!"})).served
    assert b"PK\x03\x04" not in served


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", Fault.EMPTY),
        (b"\xff" * (MAX_BYTES + 1), Fault.TOO_LARGE),
        (b"MZ\x90\x00" + b"\x00" * 200, Fault.TYPE),
        (b"<html><script>alert(1)</script>", Fault.TYPE),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", Fault.TYPE),
        (picture()[:200], Fault.BROKEN),
        (picture("PNG", size=(9_000, 9_000), mode="1"), Fault.PIXELS),
        (pdf()[:300], Fault.BROKEN),
        (pdf(scripted), Fault.ACTIVE),
        (pdf(lambda w: w.add_attachment("x.exe", b"MZ")), Fault.ACTIVE),
        (pdf(pages=301), Fault.PAGES),
        (pdf(lambda w: w.encrypt("secret")), Fault.LOCKED),
        (archive({**WORD, "word/vbaProject.bin": b"x"}), Fault.MACROS),
        (archive({**SHEET, "xl/A.xml": b"x", "xl/a.xml": b"y"}), Fault.BROKEN),
        (archive({**WORD, "[Content_Types].xml": types(("a.xml", RENAMED))}), Fault.MACROS),
        (
            archive({**WORD, "_rels/.rels": relation("image", "//x/a.png", "External")}),
            Fault.LINKED,
        ),
        (archive({f"{i}.xml": b"" for i in range(1_001)}), Fault.BOMB),
        (archive({**WORD, "word/media/a": b"\x00" * (101 * 1024 * 1024)}), Fault.BOMB),
        (archive({"a.txt": b"x"}), Fault.TYPE),
        (b"PK\x03\x04" + os.urandom(300), Fault.BROKEN),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else "",
)
def test_what_is_refused_and_why(content: bytes, expected: Fault) -> None:
    assert fault(content) is expected


def test_an_action_hidden_in_a_page_is_found() -> None:
    """Deep inside, with the name written in hexadecimal as attackers do."""
    plain = pdf(scripted)
    hidden = plain.replace(b"/JavaScript", b"/J#61vaScript").replace(b"/JS ", b"/#4aS ")
    assert hidden != plain
    assert PdfReader(io.BytesIO(hidden)).pages
    assert fault(hidden) is Fault.ACTIVE


@pytest.mark.parametrize(
    "kind", ["/Launch", "/URI", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE"]
)
def test_what_leaves_the_document_when_it_is_opened_is_refused(kind: str) -> None:
    """Also where the kind of the action is a name in an object of its own."""

    def directly(writer: PdfWriter) -> None:
        action = DictionaryObject({NameObject("/S"): NameObject(kind)})
        writer.root_object[NameObject("/OpenAction")] = action

    def by_reference(writer: PdfWriter) -> None:
        named = writer._add_object(NameObject(kind))
        action = writer._add_object(DictionaryObject({NameObject("/S"): named}))
        writer.root_object[NameObject("/OpenAction")] = action

    for make in (directly, by_reference):
        assert fault(pdf(make)) is Fault.ACTIVE


def test_one_that_opens_at_a_page_is_taken() -> None:
    def at_a_page(writer: PdfWriter) -> None:
        action = DictionaryObject({NameObject("/S"): NameObject("/GoTo")})
        writer.root_object[NameObject("/OpenAction")] = action

    assert examine(pdf(at_a_page)).media_type == "application/pdf"


def written(writer: PdfWriter) -> None:
    """By somebody, with a program, signed, with a photo as the phone made it."""
    writer.add_metadata({"/Author": "CanaryAuthor", "/Producer": "CanaryPhone"})
    writer.xmp_metadata = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>CanaryAuthor</x:xmpmeta>"
    page = writer.pages[0]
    page[NameObject("/PieceInfo")] = DictionaryObject(
        {NameObject("/Program"): writer._add_object(TextStringObject("CanaryPhone"))}
    )
    photo = EncodedStreamObject()
    photo._data = with_position()
    photo[NameObject("/Filter")] = NameObject("/DCTDecode")
    drawn = DictionaryObject({NameObject("/Im1"): writer._add_object(photo)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): drawn})
    name, places = TextStringObject("CanaryAuthor"), ArrayObject()
    signature = {NameObject("/ByteRange"): places, NameObject("/Name"): name}
    field = DictionaryObject({NameObject("/FT"): NameObject("/Sig")})
    field[NameObject("/V")] = writer._add_object(DictionaryObject(signature))
    fields = ArrayObject([writer._add_object(field)])
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})


def test_the_copy_of_a_pdf_has_its_pages_and_says_no_more() -> None:
    original = pdf(written, pages=3)
    assert original.count(b"Canary") == 6
    served = examine(original).served
    assert b"Canary" not in served
    reader = PdfReader(io.BytesIO(served))
    assert len(reader.pages) == 3
    assert reader.metadata is None
    with Image.open(io.BytesIO(reader.pages[0]["/Resources"]["/XObject"]["/Im1"]._data)) as photo:
        assert photo.size == (60, 40)


def test_what_was_taken_out_of_a_pdf_before_is_not_in_its_copy() -> None:
    """A program that only adds to the file leaves what it deleted in it."""

    def with_words(writer: PdfWriter) -> None:
        writer.root_object[NameObject("/Words")] = TextStringObject("CanaryDeleted")

    writer = PdfWriter(io.BytesIO(pdf(with_words)), incremental=True)
    del writer.root_object["/Words"]
    out = io.BytesIO()
    writer.write(out)
    assert b"CanaryDeleted" in out.getvalue()
    assert b"CanaryDeleted" not in examine(out.getvalue()).served


def test_one_that_takes_too_long_is_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        examine(picture(), seconds=0.001)
    assert refused.value.fault is Fault.BROKEN
