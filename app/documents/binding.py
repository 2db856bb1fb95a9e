"""Several documents bound into one PDF: a mark and the page number on each page, an outline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from pypdf import PageObject, PdfReader, PdfWriter

from app.documents.pdf import render_pdf

PDF = "application/pdf"


class LockFailed(Exception):  # errors state the fact
    """The encrypted file does not open to what it was."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One document to be bound, under this title."""

    title: str
    reader: PdfReader  # kept, for reading the objects of a PDF costs more than keeping them

    @property
    def pages(self) -> int:
        return len(self.reader.pages)


def leaf(title: str, pdf: bytes) -> Leaf:
    return Leaf(title, PdfReader(BytesIO(pdf)))


def first_pages(leaves: Iterable[Leaf], *, after: int) -> list[tuple[str, int]]:
    """(title, number of its first page) of each, behind so many pages."""
    found, page = [], after + 1
    for one in leaves:
        found.append((one.title, page))
        page += one.pages
    return found


def bind(
    leaves: Sequence[Leaf], *, title: str, mark: str, beside: tuple[str, bytes] | None = None
) -> bytes:
    """One PDF of all of them; `mark` stands across each page, its number at the foot. `beside`: a
    file (name, content) that goes along in it."""
    writer = PdfWriter()
    for one in leaves:
        writer.add_outline_item(title=one.title, page_number=_add(writer, one))
    pages = list(writer.pages)
    shapes = ["wide" if page.mediabox.width > page.mediabox.height else "tall" for page in pages]
    overlay = PdfReader(BytesIO(_overlay(shapes, title, mark)))
    for page, over in zip(pages, overlay.pages, strict=True):
        page.merge_page(over, over=False)
    writer.add_metadata({"/Title": title})
    if beside:
        writer.add_attachment(*beside)
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _add(writer: PdfWriter, one: Leaf) -> PageObject:
    """The first of its pages."""
    start = len(writer.pages)
    for page in one.reader.pages:
        writer.add_page(page)
    return writer.pages[start]


def _overlay(shapes: Sequence[str], title: str, mark: str) -> bytes:
    """As many pages as there are to be marked, each of its shape: made in one go."""
    context = {"title": title, "mark": mark, "shapes": shapes}
    return render_pdf("documents/overlay.html", context)


def lock_pdf(pdf: bytes, password: str) -> bytes:
    """The same file encrypted (AES-256, revision 6 of the standard handler), its metadata and
    attachments too.

    It is opened again with the password before it is given out. Raises LockFailed.
    """
    writer, locked = PdfWriter(clone_from=BytesIO(pdf)), BytesIO()
    writer.encrypt(user_password=password, algorithm="AES-256")
    pages = len(writer.pages)
    writer.write(locked)
    again = PdfReader(BytesIO(locked.getvalue()))
    if not again.is_encrypted or not again.decrypt(password) or len(again.pages) != pages:
        raise LockFailed
    return locked.getvalue()
