"""What is refused in docx and xlsx, whatever its name, and what their copies leave out."""

import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.documents.examine import Fault, examine
from app.documents.inspect_office import FaultFound, office
from tests.documents.test_examine import (
    SHEET,
    WORD,
    archive,
    fault,
    picture,
    relation,
    types,
    with_position,
)


def office_fault(content: bytes) -> Fault:
    """As the process answers, without starting one each time."""
    with pytest.raises(FaultFound) as refused:
        office(content)
    return Fault(str(refused.value))


@pytest.mark.parametrize("parts", [WORD, SHEET], ids=["docx", "xlsx"])
@pytest.mark.parametrize(
    "kind",
    [
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.ms-excel.sheet.MACROENABLED.12",
        "application/vnd.ms-office.vbaProject",
        "application/vnd.ms-office.activeX+xml",
        "application/vnd.openxmlformats-officedocument.oleObject",
        "application/vnd.ms-excel.macrosheet+xml",
    ],
)
def test_what_runs_is_known_by_its_type_whatever_its_name(
    parts: dict[str, bytes], kind: str
) -> None:
    """Also in an encoding in which its name stands in no byte of the archive."""
    said = types(("x/data.dat", kind))
    for listed in (said, said.decode().encode("utf-16")):
        made = {**parts, "[Content_Types].xml": listed, "x/data.dat": b"x"}
        assert office_fault(archive(made)) is Fault.MACROS


@pytest.mark.parametrize(
    "kind",
    ["vbaProject", "oleObject", "control", "xlMacrosheet", "aFChunk"],
)
def test_what_runs_is_known_by_how_it_is_related(kind: str) -> None:
    made = archive({**WORD, "word/_rels/document.xml.rels": relation(kind)})
    assert office_fault(made) is Fault.MACROS


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("attachedTemplate", "http://evil.example/t.dotm"),
        ("attachedTemplate", "file://evil/share/t.dotm"),
        ("attachedTemplate", "file:////evil/share/t.dotm"),
        ("attachedTemplate", r"\\evil\share\t.dotm"),
        ("image", "https://evil.example/seen.png"),
        ("frame", "https://evil.example/"),
        ("oleLink", "file:///C:/other.xlsx"),
        ("externalLinkPath", "file:///C:/other.xlsx"),
    ],
)
def test_what_fetches_from_elsewhere_is_refused(kind: str, target: str) -> None:
    for name in ("word/_rels/settings.xml.rels", "_RELS/.RELS"):
        for mode in ("External", "EXTERNAL"):
            made = archive({**WORD, name: relation(kind, target, mode)})
            assert office_fault(made) is Fault.LINKED


def test_numbers_of_another_workbook_are_refused() -> None:
    """Such a part may also start a program (DDE), without any relation to the outside."""
    made = archive({**SHEET, "xl/_rels/workbook.xml.rels": relation("externalLink")})
    assert office_fault(made) is Fault.LINKED


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("hyperlink", "https://chinhphu.vn/van-ban?a=1&amp;b=2"),
        ("attachedTemplate", "Normal.dotm"),
        ("attachedTemplate", r"file:///C:\Users\Lan\Templates\Cong van.dotx"),
    ],
)
def test_a_link_that_a_person_follows_and_a_template_of_ones_own_are_taken(
    kind: str, target: str
) -> None:
    made = archive({**WORD, "word/_rels/a.xml.rels": relation(kind, target, "External")})
    assert office(made).endswith("wordprocessingml.document")


def test_what_only_calls_itself_a_link_is_refused() -> None:
    """Nobody follows a link in the settings: a template could be fetched by it."""
    listed = types(("word/s.xml", "application/vnd.x.wordprocessingml.settings+xml"))
    link = relation("hyperlink", "https://evil.example/t.dotm", "External")
    made = archive({**WORD, "[Content_Types].xml": listed, "word/_rels/s.xml.rels": link})
    assert office_fault(made) is Fault.LINKED


def test_a_list_of_parts_that_defines_entities_is_not_read() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    assert office_fault(archive({**WORD, "[Content_Types].xml": bomb})) is Fault.BROKEN
    assert office_fault(archive({**WORD, "_rels/.rels": bomb})) is Fault.BROKEN


def test_the_copy_of_an_office_file_has_its_text_and_says_no_more() -> None:
    """Also where the properties have another name, in a workbook inside, in photos."""
    space = 'xmlns="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    author = f"<coreProperties {space}><creator>CanaryAuthor</creator></coreProperties>".encode()
    core = "application/vnd.openxmlformats-package.core-properties+xml"
    noted = PngInfo()
    noted.add_text("Author", "CanaryAuthor")
    folder = (
        b'<workbook><x15ac:absPath url="C:\\Users\\CanaryAuthor\\" xmlns:x15ac="a"/></workbook>'
    )
    inside = archive({**SHEET, "xl/workbook.xml": folder, "docProps/app.xml": author})
    template = relation("attachedTemplate", "file:///C:/Users/CanaryAuthor/a.dotx", "External")
    original = archive(
        {
            **WORD,
            "[Content_Types].xml": types(("package/x.psmdcp", core)),
            "package/x.psmdcp": author,
            "docProps/core.xml": author,
            "docProps/custom.xml": author,
            "docProps/thumbnail.jpeg": b"CanaryFirstPage",
            "_rels/.rels": relation("metadata/thumbnail", "docProps/thumbnail.jpeg"),
            "word/_rels/settings.xml.rels": template,
            "word/_rels/document.xml.rels": relation("hyperlink", "http://a/?b&amp;c", "External"),
            "word/embeddings/Book1.xlsx": inside,
            "word/media/image1.jpeg": with_position(),
            "word/media/image2.png": picture("PNG", pnginfo=noted),
        }
    )
    served = examine(original).served
    with zipfile.ZipFile(io.BytesIO(served)) as made:
        parts = {name: made.read(name) for name in made.namelist()}
        times = {member.date_time for member in made.infolist()}
    with zipfile.ZipFile(io.BytesIO(parts["word/embeddings/Book1.xlsx"])) as made:
        parts |= {f"inside/{name}": made.read(name) for name in made.namelist()}
    assert [name for name, part in parts.items() if b"Canary" in part] == []
    assert times == {(1980, 1, 1, 0, 0, 0)}
    assert parts["word/document.xml"] == WORD["word/document.xml"]
    assert b'Id="rId1"' in parts["word/_rels/settings.xml.rels"]
    assert b'Target="http://a/?b&amp;c"' in parts["word/_rels/document.xml.rels"]
    assert b"thumbnail" not in parts["_rels/.rels"]
    for name in ("word/media/image1.jpeg", "word/media/image2.png"):
        with Image.open(io.BytesIO(parts[name])) as shown:
            assert shown.size == (60, 40)
            assert shown.getpixel((5, 5))[0] > 250
    assert office(served) == office(original)


def test_what_a_document_holds_inside_is_looked_at_too() -> None:
    bad = archive({**SHEET, "_rels/.rels": relation("vbaProject")})
    deep = archive(SHEET)
    for _ in range(3):
        deep = archive({**SHEET, "xl/a.xlsx": deep})
    assert fault(archive({**WORD, "word/a.xlsx": bad})) is Fault.MACROS
    assert fault(deep) is Fault.BOMB


def test_a_real_workbook_reads_the_same_from_its_copy() -> None:
    book = Workbook()
    book.properties.creator = "CanaryAuthor"
    book.active.append(["Xã", 12, None, "đủ"])
    book.active["A2"].hyperlink = "https://chinhphu.vn"
    out = io.BytesIO()
    book.save(out)
    copy = load_workbook(io.BytesIO(examine(out.getvalue()).served))
    assert next(copy.active.values) == ("Xã", 12, None, "đủ")
    assert copy.active["A2"].hyperlink.target == "https://chinhphu.vn"
    assert copy.properties.creator != "CanaryAuthor"
