"""Taking something away as a file, the whole way, as a person does it."""

from io import BytesIO

from pypdf import PdfReader, PdfWriter
from sqlalchemy import select

from app.cases.models import Export
from app.core import clock
from app.core.tasks import run_waiting
from tests.browser import Browser


def asked(browser: Browser, query: str, reason: str) -> Export:
    """The export that the signed-in user asked for on the page."""
    page = browser.open(f"/exports/new?{query}")
    browser.submit_page(page, {"reason": reason}, form="#export-form")
    return newest(browser)


def newest(browser: Browser) -> Export:
    session = browser._session
    session.rollback()
    latest = select(Export).order_by(Export.serial.desc()).limit(1)
    return session.scalars(latest).unique().one()


def fetched(browser: Browser, export: Export) -> tuple[bytes, str]:
    """(the locked file, its password) of one that was agreed to."""
    run_waiting(browser._session, clock.now())
    browser._session.rollback()
    page = browser.open(f"/exports/{export.id}")
    page = browser.submit_page(page, {}, form="#password-form", expect=200)
    code = page.select_one("#export-password code")
    assert code is not None
    answer = browser._alone(browser.client.get, f"/exports/{export.id}/download")
    assert answer.status_code == 200
    return bytes(answer.data), code.text


def taken_away(browser: Browser, query: str, reason: str) -> bytes:
    """A PDF that one person may take away alone, without its password."""
    return unlocked(*fetched(browser, asked(browser, query, reason)))


def unlocked(pdf: bytes, password: str) -> bytes:
    reader, clear = PdfReader(BytesIO(pdf)), BytesIO()
    assert reader.is_encrypted and not reader.decrypt("x") and reader.decrypt(password)
    PdfWriter(clone_from=reader).write(clear)
    return clear.getvalue()
