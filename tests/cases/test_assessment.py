"""Mẫu số 02 as a user: ratings, levels, needs, drafts, two people at once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind, OverrideState, RiskLevel
from app.cases.models import AssessmentNeed, Case, CaseEvent, InitialAssessment
from app.cases.pages.assessment import assessment_record
from app.cases.queries.assessment import assessments_of, latest_assessment
from app.cases.queries.documents import assessment_sheet
from app.cases.queries.events import LogFilter
from app.cases.queries.file import case_file
from app.cases.services.assessment import AssessmentData, Held, conclude
from app.core import clock
from app.reference import library
from app.reference.library import DATA, form_definition
from tests.browser import Browser, filled_in
from tests.cases.story import Story, make_story
from tests.factories import UserFactory
from tests.sql import counted

NEW = "assessment.new"
GRAVE = {"H1": "HIGH", "H2": "MEDIUM", "P1": "LOW", "P2": "MEDIUM"}
MIXED = {"H1": "MEDIUM", "H2": "LOW", "P1": "MEDIUM", "P2": "HIGH"}
CALM = {"H1": "LOW", "H2": "LOW", "P1": "HIGH", "P2": "HIGH"}


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def assess(browser: Browser, story: Story, data: dict[str, Any], **more: Any) -> BeautifulSoup:
    return browser.sign_in(story.worker).submit(NEW, data, case_id=story.case.id, **more)


def made(session: Session) -> InitialAssessment:
    return session.scalars(select(InitialAssessment)).one()


def kinds(session: Session) -> list[EventKind]:
    return list(session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id)))


@pytest.mark.parametrize(
    ("answers", "level", "is_emergency"),
    [(GRAVE, "HIGH", True), (MIXED, "MEDIUM", False), (CALM, "LOW", False)],
)
def test_the_ratings_give_the_level(
    browser: Browser,
    session: Session,
    story: Story,
    answers: dict[str, str],
    level: str,
    is_emergency: bool,
) -> None:
    assess(browser, story, answers)
    row = made(session)
    assert (row.answers, row.final_level, row.is_emergency) == (answers, level, is_emergency)
    assert browser.location == f"/cases/{story.case.id}"
    case = story.case
    assert (case.state, case.risk_level) == (CaseState.INITIAL_ASSESSED, level)
    assert case.is_emergency is is_emergency
    event = session.scalars(select(CaseEvent)).one()
    assert (event.kind, event.section) == (EventKind.INITIAL_ASSESSMENT, Section.ASSESSMENT)
    assert event.facts["level"] == level and event.facts["form_version"] == 1
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-1] == "case.assessed"


def test_a_life_in_danger_is_always_an_emergency(
    browser: Browser, session: Session, story: Story
) -> None:
    assess(browser, story, {**CALM, "is_life_threatening": "y"})
    assert (made(session).computed_level, story.case.is_emergency) == (RiskLevel.HIGH, True)


def test_raising_is_free(browser: Browser, session: Session, story: Story) -> None:
    assess(browser, story, {**CALM, "wanted_level": "MEDIUM"})
    row = made(session)
    assert (row.computed_level, row.final_level, row.override_state) == ("LOW", "MEDIUM", None)


def test_a_concluded_emergency_is_of_the_highest_level(
    browser: Browser, session: Session, story: Story
) -> None:
    page = assess(
        browser,
        story,
        {**CALM, "is_emergency": "y", "wanted_level": "LOW"},
        expect=422,
    )
    assert "luôn là nguy cơ cao" in page.select_one(".error-summary").text  # type: ignore[union-attr]
    assess(browser, story, {**CALM, "is_emergency": "y", "wanted_level": ""})
    assert (made(session).final_level, story.case.is_emergency) == (RiskLevel.HIGH, True)


def test_lowering_needs_a_reason_and_does_not_count_yet(
    browser: Browser, session: Session, story: Story
) -> None:
    lower = {**GRAVE, "wanted_level": "LOW"}
    page = assess(browser, story, lower, expect=422)
    assert "Ghi lý do hạ mức nguy cơ." in page.text
    assert page.select_one("input[name=wanted_level][value=LOW]").has_attr("checked")  # type: ignore[union-attr]
    assess(browser, story, {**lower, "override_reason": "Cháu đã ở nơi khác"})
    row = made(session)
    assert (row.override_state, row.wanted_level) == (OverrideState.PENDING, RiskLevel.LOW)
    assert (row.final_level, story.case.risk_level) == (RiskLevel.HIGH, RiskLevel.HIGH)
    assert story.case.is_emergency
    assert kinds(session) == [EventKind.INITIAL_ASSESSMENT, EventKind.OVERRIDE_ASKED]


def test_unrated_items_are_named_and_nothing_is_saved(
    browser: Browser, session: Session, story: Story
) -> None:
    page = assess(browser, story, {"H1": "HIGH", "comment": "Cháu sợ về nhà"}, expect=422)
    assert [a["href"] for a in page.select(".error-summary a")] == ["#H2", "#P1", "#P2"]
    assert page.select_one("textarea[name=comment]").text.strip() == "Cháu sợ về nhà"  # type: ignore[union-attr]
    assert page.select_one("input[name=H1][value=HIGH]").has_attr("checked")  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(InitialAssessment)) == 0


@pytest.mark.parametrize(("hours", "message"), [(30, "chưa đến"), (-3, "trước khi nhận tin")])
def test_impossible_times(browser: Browser, story: Story, hours: float, message: str) -> None:
    page = assess(browser, story, {**CALM, "happened_at": story.at(hours)["parts"]}, expect=422)
    assert message in page.select_one(".error").text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "bad",
    [
        {"H1": "VERY"},
        {"happened_at": ["31/02/2026", "10:00"]},
        {"comment": "x" * 3_000_000},
        {"comment": "a\0b"},
        {"wanted_level": "NONE"},
        {"needs-0-need": "forged"},
    ],
)
def test_bad_input_is_answered_calmly(
    browser: Browser, session: Session, story: Story, bad: dict[str, Any]
) -> None:
    assess(browser, story, {**CALM, **bad}, expect=422)
    assert session.scalar(select(func.count()).select_from(InitialAssessment)) == 0


def test_what_was_typed_is_sealed(browser: Browser, session: Session, story: Story) -> None:
    assess(browser, story, {**CALM, "comment": "Cháu ở với bà ngoại"})
    row = made(session)
    assert row.comment == "Cháu ở với bà ngoại"
    assert row.comment_sealed is not None and "bà".encode() not in row.comment_sealed
    assert row.key_id == story.case.child_id or row.key_id is not None


def test_rows_of_needs_are_added_without_javascript(
    browser: Browser, session: Session, story: Story
) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    first = {
        **CALM,
        "needs-0-need": "safety",
        "needs-0-service": "Ở nhà bà ngoại",
        "needs-0-provider": "Gia đình",
    }
    page = browser.submit_page(page, {**first, "add_need": "1"}, expect=200)
    assert page.select_one("input[name=needs-0-service]")["value"] == "Ở nhà bà ngoại"  # type: ignore[index]
    page = browser.submit_page(page, {"needs-1-need": "health", "add_need": "1"}, expect=200)
    browser.submit_page(page, {}, expect=303)
    needs = session.scalars(select(AssessmentNeed).order_by(AssessmentNeed.position)).all()
    assert [(need.need, need.service) for need in needs] == [
        ("safety", "Ở nhà bà ngoại"),
        ("health", None),
    ]


def test_needs_stand_on_the_case_and_lead_to_the_measure(
    browser: Browser, session: Session, story: Story
) -> None:
    need = {"needs-0-need": "safety", "needs-0-service": "Ở nhà bà ngoại"}
    assess(browser, story, {**CALM, **need, "needs-0-provider": "Gia đình"})
    page = browser.get("cases.show", case_id=story.case.id)
    line = page.select_one("section[aria-labelledby=needs-title] li")
    assert line is not None and "Ở nhà bà ngoại · Gia đình" in line.text
    link = line.select_one("a")
    assert link is not None
    form = filled_in(browser.open(str(link["href"])).select_one("#measure-form"))  # type: ignore[arg-type]
    assert "Ở nhà bà ngoại" in str(form["description"])
    assert form["performed_by"] == "Gia đình"
    for odd in ("0", "9", "x", "-1"):
        browser.get("measures.new", case_id=story.case.id, need=odd)


def test_a_service_without_its_need_is_asked_about(browser: Browser, story: Story) -> None:
    page = assess(browser, story, {**CALM, "needs-0-service": "Gửi bà"}, expect=422)
    assert "Chọn nhu cầu của dòng này." in page.text


def test_the_result_is_shown_before_saving(
    browser: Browser, session: Session, story: Story
) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    assert "Còn 4 mục" in page.select_one("#result").text  # type: ignore[union-attr]
    page = browser.submit_page(page, {**GRAVE, "preview": "1"}, expect=200)
    assert "Nguy cơ cao" in page.select_one("#result").text  # type: ignore[union-attr]
    assert session.scalar(select(func.count()).select_from(InitialAssessment)) == 0
    token = str(page.select_one("input[name=csrf_token]")["value"])  # type: ignore[index]
    part = browser.post(
        f"/cases/{story.case.id}/initial-assessment/preview",
        {**CALM, "csrf_token": token},
        expect=200,
    )
    assert "Nguy cơ thấp" in part.text and part.select_one("main") is None


def test_a_double_click_makes_one_assessment(
    browser: Browser, session: Session, story: Story
) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    browser.submit_page(page, CALM)
    browser.submit_page(page, CALM)
    assert browser.location == f"/cases/{story.case.id}"
    assert made(session).final_level is RiskLevel.LOW


def test_the_second_of_two_people_sees_what_the_first_recorded(
    browser: Browser, session: Session, story: Story
) -> None:
    colleague = UserFactory(unit=story.unit, name="Phạm Thị Mai")
    stale = browser.sign_in(colleague).get(NEW, case_id=story.case.id)
    assess(browser, story, GRAVE)
    mine = {**CALM, "comment": "Nhà cháu yên ổn"}
    page = browser.sign_in(colleague).submit_page(stale, _own(browser, story, mine), expect=409)
    told = page.select_one(".conflict")
    assert told is not None and story.worker.name in told.text and "Nguy cơ cao" in told.text
    assert page.select_one("textarea[name=comment]").text.strip() == "Nhà cháu yên ổn"  # type: ignore[union-attr]
    assert made(session).final_level is RiskLevel.HIGH
    browser.submit_page(page, {}, expect=422)  # what the first found is not lowered unasked
    browser.submit_page(page, {"override_reason": "Đã gặp cả nhà"})  # sending again is deliberate
    assert story.case.risk_level is RiskLevel.HIGH
    assert session.scalar(select(func.count()).select_from(InitialAssessment)) == 2


def _own(browser: Browser, story: Story, data: dict[str, Any]) -> dict[str, Any]:
    """The stale page with the CSRF token of the browser that sends it."""
    fresh = browser.get(NEW, case_id=story.case.id)
    token = fresh.select_one("main form input[name=csrf_token]")
    assert token is not None
    return {**data, "csrf_token": token["value"]}


@pytest.mark.parametrize(
    "seen_at",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999-23:59",
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+00:00",
        "2026-01-01T00:00:00+00:00\0",
        "2026-01-01T00:00:00",
        "x",
    ],
)
def test_an_impossible_mark_of_an_edit_is_a_stale_page(
    browser: Browser, story: Story, seen_at: str
) -> None:
    stale = {**CALM, "version": "0", "seen_at": seen_at}
    status = 422 if "\0" in seen_at else 409
    assess(browser, story, stale, expect=status)


def test_an_ended_case_takes_no_assessment(
    browser: Browser, session: Session, story: Story
) -> None:
    story.case.is_ended = True
    session.commit()
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id, expect=409)
    assert "đã kết thúc" in page.text


@pytest.mark.parametrize(
    ("role", "in_unit", "status"),
    [
        (Role.CP_WORKER, True, 200),
        (Role.CP_WORKER, False, 404),
        (Role.COMMUNE_CHAIR, True, 403),
        (Role.SUPERVISOR, False, 403),
        (Role.INTAKE, True, 403),
        (Role.ADMINISTRATOR, True, 403),
    ],
)
def test_who_may_assess(
    browser: Browser, story: Story, role: Role, in_unit: bool, status: int
) -> None:
    user = UserFactory(role=role, **({"unit": story.unit} if in_unit else {}))
    browser.sign_in(user).get(NEW, case_id=story.case.id, expect=status)


def test_earlier_assessments_stand_on_the_page_and_the_newest_counts(
    browser: Browser, session: Session, story: Story
) -> None:
    assess(browser, story, {**CALM, "comment": "Lần thứ nhất"})
    assess(browser, story, GRAVE)
    page = browser.get(NEW, case_id=story.case.id)
    assert "Lần thứ nhất" in page.text and len(page.select("details.record")) == 2
    views = assessments_of(session, story.case.id, sections=frozenset({Section.ASSESSMENT}))
    assert views[0].row.final_level is RiskLevel.HIGH
    assert views[0] == latest_assessment(
        session, story.case.id, sections=frozenset({Section.ASSESSMENT})
    )
    record = assessment_record(views[1])
    assert record.lines[0].text == "Trẻ em ít hoặc không bị tổn hại"
    assert assessments_of(session, story.case.id, sections=frozenset({Section.EVENT})) == []


def test_the_assessment_typed_last_counts_everywhere_also_when_it_happened_earlier(
    browser: Browser, session: Session, story: Story
) -> None:
    """Page, document and case say the same about a visit that was written up late."""
    assess(browser, story, {**CALM, "happened_at": story.at(1.5)["parts"]})
    assess(browser, story, {**GRAVE, "happened_at": story.at(0.5)["parts"]})
    everything = frozenset(Section)
    case = session.get_one(Case, story.case.id)
    assert (case.risk_level, case.is_emergency) == (RiskLevel.HIGH, True)
    head = case_file(session, case, sections=everything, wanted=LogFilter()).head
    sheet = assessment_sheet(session, case, sections=everything)
    latest = latest_assessment(session, case.id, sections=everything)
    assert sheet is not None and latest is not None
    assert head.a_id == latest.row.id
    assert head.a_final_level == sheet.final_level == latest.row.final_level == case.risk_level
    assert head.a_is_emergency and sheet.is_emergency


LEVELS = [RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH]
ANSWERS = {RiskLevel.LOW: CALM, RiskLevel.MEDIUM: MIXED, RiskLevel.HIGH: GRAVE}


@given(
    computed=st.sampled_from(LEVELS),
    wanted=st.none() | st.sampled_from(LEVELS),
    held=st.builds(Held, st.none() | st.sampled_from(LEVELS), st.just(value=False))
    | st.just(Held(RiskLevel.HIGH, is_emergency=True)),
    is_emergency=st.booleans(),
)
def test_nothing_that_one_person_concludes_counts_for_less_than_before(
    computed: RiskLevel, wanted: RiskLevel | None, held: Held, is_emergency: bool
) -> None:
    answers = {code: RiskLevel(level) for code, level in ANSWERS[computed].items()}
    data = AssessmentData(
        answers=answers,
        happened_at=clock.now(),
        wanted_level=RiskLevel.HIGH if is_emergency else wanted,
        is_emergency=is_emergency,
    )
    found = conclude(form_definition("form02"), data, held)
    rank = LEVELS.index
    assert rank(found.final) >= max(rank(computed), rank(held.level or RiskLevel.LOW))
    assert found.is_emergency >= held.is_emergency
    less = rank(found.wanted) < rank(found.final)
    gives_up = held.is_emergency and not (is_emergency or computed is RiskLevel.HIGH)
    assert found.is_lowered == (less or gives_up)
    assert found.is_lowered or found.final is found.wanted


def test_a_further_assessment_lowers_only_with_a_second_signature(
    browser: Browser, session: Session, story: Story
) -> None:
    """Also where the answers alone lead to less: one person must not take back an emergency."""
    assess(browser, story, GRAVE)
    page = browser.get(NEW, case_id=story.case.id)
    assert page.select_one(".only-other-level") is None  # the reason is asked for openly
    page = browser.submit_page(page, CALM, form="#assess-form", expect=422)
    assert "Ghi lý do hạ mức nguy cơ." in page.text
    result = page.select_one("#result")
    assert result is not None and "vẫn giữ: nguy cơ cao, khẩn cấp" in result.text
    browser.submit_page(page, {"override_reason": "Người gây hại đã đi"}, form="#assess-form")
    assert (story.case.risk_level, story.case.is_emergency) == (RiskLevel.HIGH, True)
    newest = latest_assessment(session, story.case.id, sections=frozenset(Section))
    assert newest is not None
    row = newest.row
    assert (row.computed_level, row.wanted_level, row.final_level, row.is_emergency) == (
        *("LOW", "LOW", "HIGH"),
        True,
    )
    page = browser.get("cases.show", case_id=story.case.id)
    assert "đến khi đó giữ mức này" in page.text
    place = {"case_id": story.case.id, "assessment_id": row.id}
    page = browser.sign_in(story.chair).get("assessment.decide_override", **place)
    assert "Mức đang giữ" in page.text and "Người gây hại đã đi" in page.text
    assert "từ nguy cơ cao xuống nguy cơ thấp" in browser.get("home.index").text
    browser.submit_page(page, {"decision": "approved"})
    assert (story.case.risk_level, story.case.is_emergency) == (RiskLevel.LOW, False)
    entries = browser.get("cases.timeline", case_id=story.case.id).text
    assert "Từ nguy cơ cao xuống nguy cơ thấp." in entries


def test_an_emergency_ends_only_with_a_second_signature(
    browser: Browser, session: Session, story: Story
) -> None:
    """The level stays high, and still the twelve hours would be forgotten."""
    assess(browser, story, GRAVE)
    high = {**MIXED, "wanted_level": "HIGH"}
    assess(browser, story, high, expect=422)
    assess(browser, story, {**high, "override_reason": "Đã ở với bà"})
    assert (story.case.risk_level, story.case.is_emergency) == (RiskLevel.HIGH, True)
    pending = session.scalars(
        select(InitialAssessment).where(InitialAssessment.override_state == OverrideState.PENDING)
    ).one()
    browser.sign_in(story.chair)
    assert "thôi coi là khẩn cấp" in browser.get("home.index").text
    place = {"case_id": story.case.id, "assessment_id": pending.id}
    browser.submit("assessment.decide_override", {"decision": "approved"}, **place)
    assert (story.case.risk_level, story.case.is_emergency) == (RiskLevel.HIGH, False)


def test_a_refused_lowering_of_what_counted_keeps_it(
    browser: Browser, session: Session, story: Story
) -> None:
    assess(browser, story, GRAVE)
    assess(browser, story, {**CALM, "override_reason": "Đã yên"})
    pending = session.scalars(
        select(InitialAssessment).where(InitialAssessment.override_state == OverrideState.PENDING)
    ).one()
    place = {"case_id": story.case.id, "assessment_id": pending.id}
    browser.sign_in(story.chair)
    refusal = {"decision": "refused", "note": "Chưa gặp cháu"}
    browser.submit("assessment.decide_override", refusal, **place)
    assert (story.case.risk_level, story.case.is_emergency) == (RiskLevel.HIGH, True)
    page = browser.get("cases.show", case_id=story.case.id)
    assert "nhẹ hơn nhưng không được đồng ý" in page.text
    assess(browser, story, CALM, expect=422)  # and the next one needs a signature again
    assess(browser, story, GRAVE)
    assert story.case.risk_level is RiskLevel.HIGH


@pytest.fixture
def form02_v2(tmp_path: Path) -> Iterator[str]:
    """A newer Mẫu số 02 with another text for the first item, as an administrator adds one."""
    shipped = (DATA / "forms" / "form02.v1.toml").read_text(encoding="utf-8")
    (tmp_path / "forms").mkdir()
    (tmp_path / "lists").mkdir()
    text = "Trẻ em không bị tổn hại gì"
    newer = shipped.replace("version = 1", "version = 2", 1)
    newer = newer.replace("effective_from = 2017-07-01", "effective_from = 2018-01-01", 1)
    newer = newer.replace("Trẻ em ít hoặc không bị tổn hại", text, 1)
    (tmp_path / "forms" / "form02.v2.toml").write_text(newer, encoding="utf-8")
    yield text
    library.install()


def test_an_old_assessment_keeps_the_texts_of_its_form(
    browser: Browser, session: Session, story: Story, form02_v2: str, tmp_path: Path
) -> None:
    assess(browser, story, CALM)
    library.install(tmp_path)
    page = browser.get(NEW, case_id=story.case.id)
    old, new = page.select_one("details.record"), page.select_one("#assess-form")
    assert old is not None and new is not None
    assert "Trẻ em ít hoặc không bị tổn hại" in old.text and form02_v2 not in old.text
    assert form02_v2 in new.text
    browser.submit_page(page, CALM, form="#assess-form")
    versions = session.scalars(select(InitialAssessment.form_version)).all()
    assert sorted(versions) == [1, 2]


def test_the_page_is_few_statements(browser: Browser, story: Story) -> None:
    assess(browser, story, CALM)
    assess(browser, story, CALM)
    with counted(browser.engine) as seen:
        browser.get(NEW, case_id=story.case.id)
    assert len(seen) <= 9, "\n".join(seen)
    page = browser.get(NEW, case_id=story.case.id)
    with counted(browser.engine) as seen:
        browser.submit_page(page, {**CALM, "needs-0-need": "safety"})
    assert len(seen) <= 18, "\n".join(seen)


def test_the_draft_comes_back_and_goes_when_sent(browser: Browser, story: Story) -> None:
    page = browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    form = page.select_one("form[data-draft-url]")
    assert form is not None
    typed = {**filled_in(form), "H1": "HIGH", "comment": "Đang gõ"}
    browser.post(str(form["data-draft-url"]), typed, expect=204)
    page = browser.get(NEW, case_id=story.case.id)
    assert page.select_one("textarea[name=comment]").text.strip() == "Đang gõ"  # type: ignore[union-attr]
    assert page.select_one("input[name=H1][value=HIGH]").has_attr("checked")  # type: ignore[union-attr]
    browser.submit_page(page, GRAVE, form="#assess-form")
    page = browser.get(NEW, case_id=story.case.id)
    assert page.select_one("#assess-form textarea[name=comment]").text.strip() == ""  # type: ignore[union-attr]


def test_reading_the_form_is_on_the_log(browser: Browser, session: Session, story: Story) -> None:
    browser.sign_in(story.worker).get(NEW, case_id=story.case.id)
    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.chain_id) == ("case.read", story.case.id)
    assert event.at <= clock.now() + timedelta(seconds=1)
