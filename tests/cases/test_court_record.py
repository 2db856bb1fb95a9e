"""The record of a case as a paper that can go to court; the audit list without its noise."""

import json
import unicodedata
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.checkpoints import take_checkpoint
from app.audit.models import AuditEvent
from app.audit.services import record
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.pages.audit_words import page_words, paper_words
from app.cases.queries import court_record as queries
from app.core import clock
from tests.browser import Browser
from tests.cases.exports_story import taken_away
from tests.cases.files import IDENTITY, add_entry, fill_file
from tests.cases.story import Story, make_story


@pytest.fixture
def story(session: Session) -> Story:
    story = make_story(session)
    fill_file(session, story)
    return story


def paper(browser: Browser, story: Story) -> str:
    pages = PdfReader(BytesIO(made(browser, story))).pages
    text = " ".join(page.extract_text() for page in pages)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def made(browser: Browser, story: Story) -> bytes:
    """As the supervisor gets it, opened with its password."""
    return taken_away(browser, f"list=court&case={story.case.id}", "Tòa án nhân dân yêu cầu")


@pytest.mark.wide
def test_the_paper_says_what_was_done_who_looked_and_proves_it(
    browser: Browser, session: Session, story: Story
) -> None:
    early = clock.now() - timedelta(hours=1)
    add_entry(
        session, story.case, EventKind.NOTE, Section.PLAN, note="Gọi cho cô giáo",
        happened_at=early, typed_at=clock.now(), by=story.worker,
    )  # fmt: skip
    add_entry(session, story.case, EventKind.NOTE, Section.HEALTH, lane="health", note="Canaryus")
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    browser.sign_in(story.supervisor).get("people.edit", child_id=story.case.child_id, expect=403)
    assert take_checkpoint(session, clock.now()) is not None
    session.commit()
    text = paper(browser, story)
    session.rollback()
    chain = select(AuditEvent).where(AuditEvent.chain_id == story.case.id)
    heads = {e.hash.hex(): e.seq for e in session.scalars(chain)}
    digest, events = next((h, n) for h, n in heads.items() if h in text.replace(" ", ""))
    assert "BẢN TRÍCH DIỄN BIẾN" in text.upper() and story.case.number in text
    assert IDENTITY in text and "Gọi cho cô giáo" in text and "ghi 1" in text
    assert "Can thiệp khẩn cấp" in text and "đúng hạn" in text
    assert story.worker.name in text and "Xem hồ sơ" in text and "Bị từ chối" in text
    assert "Canaryus" not in text and "Nội dung của Y tế" in text
    assert digest in text.replace(" ", "") and f"{events} sự kiện, {digest[:16]}" in text
    assert "Mã gốc đã ký" in text
    assert "BẢN SAO XUAT-" in text and "Tòa án nhân dân yêu cầu" in text
    exported = select(AuditEvent).where(AuditEvent.action == AuditAction.CASES_EXPORTED)
    assert session.scalars(exported).one().chain_id == story.case.id


@pytest.mark.wide
def test_an_english_reader_gets_the_vietnamese_paper(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.supervisor)
    with browser.client.session_transaction() as cookie:
        cookie["locale"] = "en"
    assert "Chuyển thông tin" in paper(browser, story)


def test_who_may_not_audit_gets_no_paper(browser: Browser, story: Story) -> None:
    for user in (story.worker, story.chair):
        browser.sign_in(user).open(f"/exports/new?list=court&case={story.case.id}", expect=403)


@pytest.mark.wide
def test_the_paper_is_bounded_and_says_so(
    browser: Browser, session: Session, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST", 5)
    for number in range(8):
        add_entry(session, story.case, EventKind.NOTE, Section.PLAN, note=f"Lần thứ {number}")
    text = paper(browser.sign_in(story.supervisor), story)
    assert "Lần thứ 7" in text and "Lần thứ 0" not in text
    assert "các sự kiện cũ hơn có trong hệ thống" in text


def test_equal_neighbours_are_one_line(browser: Browser, session: Session, story: Story) -> None:
    for minute in range(3):
        record(
            session, None, AuditAction.CASE_READ, at=clock.now() + timedelta(minutes=minute),
            case_id=story.case.id, sections=["event"],
        )  # fmt: skip
    session.commit()
    start = clock.local(clock.now())
    span = f"{start:%H:%M}–{start + timedelta(minutes=2):%H:%M}"
    page = browser.sign_in(story.supervisor).get("audit.index", case=story.case.number)
    rows = [row.text for row in page.select("tbody tr") if "Xem hồ sơ" in row.text]
    assert len(rows) == 1 and "Xem hồ sơ ×3" in rows[0] and span in rows[0]
    log = browser.get("audit.case", case_id=story.case.id).select_one(".log")
    assert log is not None and "Xem hồ sơ ×3" in log.text and span in log.text


def test_the_audit_of_a_case_is_filtered_by_kind(browser: Browser, story: Story) -> None:
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    browser.get("audit.case", case_id=story.case.id, expect=403)
    browser.sign_in(story.supervisor)

    def log(group: str) -> str:
        page = browser.get("cases.timeline", case_id=story.case.id, audit=1, group=group)
        return " ".join(part.text for part in page.select(".log"))

    assert "Xem hồ sơ" in log("reads") and "Bị từ chối" not in log("reads")
    assert "Trang: chế độ kiểm tra của hồ sơ, trả lời 403." in log("denials")
    assert "Xem hồ sơ" not in log("denials") and log("prints") == ""
    assert "Bị từ chối" in log("nonsense") and "Xem hồ sơ" in log("nonsense")


def test_every_page_has_a_name_on_the_log(app: Flask) -> None:
    """An administrator reads "in Mẫu số 01", not "documents.form01"."""
    unguarded = ("static", "home", "health", "help", "language", "audit", "jobs")
    for endpoint in app.view_functions:
        if endpoint.partition(".")[0] not in unguarded:
            assert page_words(endpoint) != endpoint, endpoint
    assert paper_words("form07") == "Mẫu số 07" and paper_words("of_tomorrow") == "of_tomorrow"


def test_its_proof_is_verified_elsewhere_and_a_change_is_found(
    app: Flask, browser: Browser, session: Session, story: Story, tmp_path: Path
) -> None:
    browser.sign_in(story.worker).get("cases.show", case_id=story.case.id)
    assert take_checkpoint(session, clock.now()) is not None
    session.commit()
    run = app.test_cli_runner().invoke
    (tmp_path / "key.json").write_text(run(args=["audit", "public-key"]).output)
    told = ["audit", "verify", "--key", str(tmp_path / "key.json"), "--proof"]
    made = run(args=["audit", "proof", str(story.case.id)]).output
    (tmp_path / "proof.json").write_text(made)
    whole = run(args=[*told, str(tmp_path / "proof.json")])
    assert whole.exit_code == 0 and whole.output.startswith("Intact: "), whole.output
    assert "the first 0 signed" not in whole.output
    proof = json.loads(made)
    proof["chain"][1]["body"] = proof["chain"][1]["body"].replace("ok", "no")
    (tmp_path / "changed.json").write_text(json.dumps(proof))
    changed = run(args=[*told, str(tmp_path / "changed.json")])
    assert changed.exit_code == 1 and changed.output.startswith("BROKEN. Event 2 of the case")
