"""Documents of a case: kept sealed, opened on the log, closed with their section, taken out."""

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from app.audit.models import AuditEvent
from app.auth.models import User
from app.auth.permissions import Section
from app.cases.models import CaseEvent, CaseFile
from app.core import clock
from app.core.sealed import DataKey
from app.documents.examine import Examined
from app.documents.models import Copy, FileChunk, StoredFile
from app.documents.vault import PIECE, FileDamaged, keep_file, read_file
from tests.browser import Browser, filled_in
from tests.cases.story import Story, make_story
from tests.documents.test_examine import picture, with_position
from tests.factories import UserFactory


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session, hours_ago=5)


def add(
    browser: Browser,
    story: Story,
    content: bytes | None = None,
    expect: int = 303,
    user: User | None = None,
    **more: Any,
) -> Any:
    page = browser.sign_in(user or story.worker).get("files.new", case_id=story.case.id)
    form = page.select_one("#file-form")
    assert form is not None
    data = {
        **filled_in(form),
        "kind": "photo",
        "title": "Sân nhà lúc chiều",
        "happened_at": story.at(2)["parts"],
        **more,
    }
    sent = picture() if content is None else content
    return browser._read(upload(browser, str(form["action"]), data, sent), expect)


def upload(browser: Browser, path: str, data: dict[str, Any], content: bytes) -> TestResponse:
    """Encoded here: the test client would spool a large file to the disk."""
    fields = MultiDict(data)
    fields.add("file", FileStorage(BytesIO(content), "Nguyễn Văn A.jpg", "file"))
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    answer: TestResponse = browser._alone(browser.client.post, path, data=body, content_type=kind)
    return answer


def fetch(browser: Browser, story: Story, file: CaseFile, query: str = "") -> TestResponse:
    path = f"/cases/{story.case.id}/files/{file.id}{query}"
    answer: TestResponse = browser._alone(browser.client.get, path)
    return answer


def only(session: Session) -> CaseFile:
    return session.scalars(select(CaseFile)).unique().one()


def test_a_photo_is_kept_as_it_came_and_shown_without_its_position(
    browser: Browser, session: Session, story: Story
) -> None:
    original = with_position()
    add(browser, story, original)
    file = only(session)
    served, evidence = fetch(browser, story, file), fetch(browser, story, file, "?original=1")
    assert b"CanaryPhone" not in served.data and evidence.data == original
    assert served.headers["Content-Disposition"].startswith('attachment; filename="HY-')
    assert "Nguy" not in served.headers["Content-Disposition"]
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert served.headers["Cache-Control"] == "no-store"
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions.count("file.read") == 2 and actions.count("file.added") == 1


def test_it_stands_on_the_timeline(browser: Browser, session: Session, story: Story) -> None:
    add(browser, story)
    text_ = browser.get("cases.show", case_id=story.case.id).text
    assert "Thêm tài liệu: Ảnh chụp hiện trường" in text_ and "Sân nhà lúc chiều" in text_
    assert "Sân nhà lúc chiều" in browser.get("files.index", case_id=story.case.id).text
    event = session.scalars(select(CaseEvent)).one()
    assert clock.local(event.happened_at).strftime("%H:%M") == story.at(2)["parts"][1]


def test_the_kind_proposes_the_section_and_it_closes_the_document(
    browser: Browser, session: Session, story: Story
) -> None:
    add(browser, story, kind="injury_photo", title="Canaryphotus")
    file = only(session)
    assert file.section is Section.HEALTH
    browser.sign_in(story.supervisor)
    page = browser.get("files.index", case_id=story.case.id)
    assert "Canaryphotus" not in page.text and "1 tài liệu thuộc phần" in page.text
    assert fetch(browser, story, file).status_code == 404
    assert "Canaryphotus" not in browser.get("cases.show", case_id=story.case.id).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"content": b"MZ not a picture"}, "file"),
        ({"content": b"x" * (25 * 1024 * 1024)}, "file"),
        ({"content": b""}, "file"),
        ({"kind": ""}, "kind"),
        ({"title": ""}, "title"),
        ({"happened_at": ["01/01/2031", "08:00"]}, "happened_at"),
        ({"section": "informant"}, "section"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    browser: Browser, session: Session, story: Story, change: dict[str, Any], field: str
) -> None:
    page = add(browser, story, expect=422, **change)
    assert page.select_one(f'.error-summary a[href="#{field}"]') is not None
    if field != "title":
        assert page.select_one("[name=title]")["value"] == "Sân nhà lúc chiều"
    assert session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_a_larger_body_is_refused_elsewhere(browser: Browser, story: Story) -> None:
    """The positive control: only this form takes files."""
    browser.sign_in(story.worker)
    path = f"/cases/{story.case.id}/measures/new"
    assert upload(browser, path, {}, b"x" * (25 * 1024 * 1024)).status_code == 413


def test_one_that_was_taken_out_is_shown_no_more(
    browser: Browser, session: Session, story: Story
) -> None:
    add(browser, story)
    file = only(session)
    where = {"case_id": story.case.id, "file_id": file.id}
    assert "Ghi lý do" in browser.submit("files.remove", {}, expect=422, **where).text
    browser.submit("files.remove", {"reason": "Gửi nhầm hồ sơ"}, **where)
    assert "Sân nhà" not in browser.get("files.index", case_id=story.case.id).text
    assert fetch(browser, story, file).status_code == 409
    browser.submit("files.remove", {"reason": "Lần nữa"}, expect=409, **where)
    assert "Gửi nhầm hồ sơ" in browser.get("cases.show", case_id=story.case.id).text


def test_a_document_of_another_case_is_not_found(
    browser: Browser, session: Session, story: Story
) -> None:
    add(browser, story)
    other = make_story(session)
    browser.sign_in(other.worker)
    path = f"/cases/{other.case.id}/files/{only(session).id}"
    assert browser._alone(browser.client.get, path).status_code == 404
    path = f"/cases/{story.case.id}/files/{only(session).id}"
    assert browser._alone(browser.client.get, path).status_code == 404


def keep(session: Session, content: bytes) -> StoredFile:
    stored = keep_file(
        session,
        key=DataKey.new(),
        original=content,
        examined=Examined("image/jpeg", b"served"),
        by_id=UserFactory().id,
        now=clock.now(),
    )
    session.commit()
    return stored


@pytest.mark.parametrize("size", [1, PIECE, PIECE + 1, 3 * PIECE])
def test_files_of_any_length_come_back(session: Session, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    stored = keep(session, content[:size])
    assert read_file(session, stored, Copy.ORIGINAL) == content[:size]
    assert read_file(session, stored, Copy.SERVED) == b"served"


def test_a_piece_that_was_lost_moved_or_changed_is_noticed(
    session: Session, superuser: Engine
) -> None:
    for harm in (
        delete(FileChunk).where(FileChunk.position == 1),
        update(FileChunk).where(FileChunk.position < 2).values(position=10 - FileChunk.position),
        update(FileChunk).where(FileChunk.position == 0).values(sealed=b"\x00" * 40),
        update(FileChunk).where(FileChunk.position == 0).values(copy=Copy.SERVED),
    ):
        stored = keep(session, b"a" * (2 * PIECE))
        session.execute(delete(FileChunk).where(FileChunk.copy == Copy.SERVED))
        session.execute(harm.where(FileChunk.file_id == stored.id))
        with pytest.raises(FileDamaged):
            read_file(session, stored, Copy.ORIGINAL)
        session.rollback()


def test_nothing_of_it_is_in_the_database_in_clear(
    browser: Browser, session: Session, story: Story, superuser: Engine
) -> None:
    add(browser, story, with_position())
    with superuser.connect() as connection:
        rows = connection.execute(text("SELECT sealed FROM file_chunks")).scalars().all()
    assert rows and not [row for row in rows if b"CanaryPhone" in bytes(row)]
