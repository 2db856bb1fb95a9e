"""How the event happened, in Mẫu số 03, is read where the report's account is read."""

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.auth.models import Role
from app.auth.permissions import COMPARTMENTS, SECTIONS, Section
from app.cases.models import Report, SpecificAssessment
from app.cases.queries.specific import FORM, specifics_of
from app.core import clock
from app.reference.library import library
from app.referrals.models import Referral
from app.referrals.queries.packet import open_sections, packet_of
from tests.browser import Browser
from tests.cases.exports_story import asked, fetched, unlocked
from tests.cases.story import Story, make_story
from tests.cases.test_specific import initially
from tests.parts.specific import with_texts
from tests.referrals.story import Agencies, accept, make_agencies, send
from tests.tiers import every

TOLD = "Em kể rằng zqkanary"
BESIDE = "Ông ấy ở nhà bên zqbeside"
FIELD = "event_account"
SAID = {FIELD: TOLD, "perpetrator_now": BESIDE}
SEXUAL, OTHER = ["SEXUAL_ABUSE", "NEGLECT"], ["VIOLENCE"]
GROUP = ["EXPLOITED.2"]


@pytest.fixture
def story(session: Session) -> Story:
    """With an assessment that tells how the event happened; of violence."""
    story = make_story(session, hours_ago=60)
    with_texts(session, story.case, story.worker, SAID)
    return story


def found(session: Session, story: Story, **values: list[str]) -> None:
    """What is known of the harm now."""
    report = session.get_one(Report, story.case.report_id)
    for name, codes in values.items():
        setattr(report, name, codes)
    session.commit()


def paper(browser: Browser, session: Session, story: Story) -> str:
    row = session.scalars(select(SpecificAssessment.id)).one()
    path = f"/cases/{story.case.id}/specific-assessments/{row}/form03.pdf"
    answer = browser.client.get(path)
    return _words(answer.data)


def _words(pdf: bytes) -> str:
    pages = (page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return " ".join(" ".join(pages).split())


def seen(browser: Browser, session: Session, story: Story) -> dict[str, str]:
    """All that a reader can open of the case: pages with the log beside, the paper, the dossier
    without closed parts."""
    names = ("specific.index", "cases.show", "cases.timeline", "audit.case")
    pages = {name: browser.get(name, case_id=story.case.id, audit=1).text for name in names}
    query = f"list=dossier&case={story.case.id}&closed=no"
    export = asked(browser, query, "Gửi Tòa án nhân dân theo yêu cầu")
    dossier = _words(unlocked(*fetched(browser, export)))
    return {**pages, "form03": paper(browser, session, story), "dossier": dossier}


def where(pages: dict[str, str], word: str) -> list[str]:
    return [name for name, page in pages.items() if word in page]


EVERYWHERE = ["specific.index", "form03", "dossier"]


@pytest.mark.parametrize("harm", every(2, [{"sc_groups": GROUP}, {"abuse_forms": SEXUAL}]))
def test_of_sexual_abuse_a_supervisor_reads_no_word_of_it(
    browser: Browser, session: Session, story: Story, harm: dict[str, list[str]]
) -> None:
    """Also what was written before the form, or the group, was found; what stands beside it stays
    open, and the paper says that something is closed."""
    found(session, story, **harm)
    pages = seen(browser.sign_in(story.supervisor), session, story)
    assert where(pages, "zqkanary") == []
    assert where(pages, "zqbeside") == EVERYWHERE
    assert "Lời kể về xâm hại tình dục" in pages["specific.index"], "that it is closed is said"
    closed = pages["form03"].partition("Sự việc xảy ra như thế nào")[2]
    assert closed.lstrip(" :").startswith("(không thuộc phạm vi xem)")


@pytest.mark.wide
def test_of_another_harm_it_is_open_to_a_supervisor(
    browser: Browser, session: Session, story: Story
) -> None:
    """The positive control."""
    pages = seen(browser.sign_in(story.supervisor), session, story)
    assert where(pages, "zqkanary") == EVERYWHERE


@pytest.mark.wide
def test_who_works_the_case_reads_it(browser: Browser, session: Session, story: Story) -> None:
    found(session, story, abuse_forms=SEXUAL)
    initially(session, story, "LOW")
    for reader in (story.worker, story.chair):
        assert (
            "zqkanary" in browser.sign_in(reader).get("specific.index", case_id=story.case.id).text
        )
        assert "zqkanary" in paper(browser, session, story)
    page = browser.sign_in(story.worker).get("specific.new", case_id=story.case.id)
    assert "zqkanary" in page.text, "what was said the last time stands beside the field"
    query = f"list=dossier&case={story.case.id}&closed=no"
    export = asked(browser, query, "Gửi Tòa án nhân dân theo yêu cầu")
    assert "zqkanary" not in _words(unlocked(*fetched(browser, export))), "without closed parts"


def test_a_form_that_is_taken_back_opens_nothing(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker)
    browser.submit("intake.correct", {"abuse_forms": SEXUAL}, case_id=story.case.id)
    browser.submit("intake.correct", {"abuse_forms": OTHER}, case_id=story.case.id)
    page = browser.sign_in(story.supervisor).get("specific.index", case_id=story.case.id)
    assert "zqkanary" not in page.text and "zqbeside" in page.text


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("forms", "opening"), [(SEXUAL, Section.SEXUAL_ABUSE), (OTHER, Section.EVENT)]
)
def test_one_section_opens_it_whatever_the_version_of_the_form(
    session: Session, story: Story, version: int, forms: list[str], opening: Section
) -> None:
    session.execute(update(SpecificAssessment).values(form_version=version))
    found(session, story, abuse_forms=forms)
    for one in Section:
        sections = frozenset({one, Section.ASSESSMENT})
        (view,) = specifics_of(session, story.case.id, sections=sections)
        assert (FIELD in view.texts) is (one is opening), one
        assert ("perpetrator_now" in view.texts) is (one is Section.EVENT), one


def test_in_an_emergency_it_is_closed_too(session: Session, story: Story) -> None:
    found(session, story, abuse_forms=SEXUAL)
    guest = SECTIONS[Role.CP_WORKER] - COMPARTMENTS
    (view,) = specifics_of(session, story.case.id, sections=guest)
    assert list(view.texts) == ["perpetrator_now"]


def test_every_version_of_the_form_says_which_field_tells_it() -> None:
    forms = library().forms[FORM].files
    assert len(forms) > 1
    for form in forms:
        assert [one.name for one in form.fields if one.tells_account] == [FIELD]


# --- what goes to another agency


@pytest.fixture
def agencies(session: Session) -> Agencies:
    agencies = make_agencies(session)
    with_texts(session, agencies.case, agencies.worker, SAID)
    return agencies


WHY = "Tố giác tội phạm, phải báo tin ngay cho công an"


def sent(session: Session, agencies: Agencies, *sections: str) -> Referral:
    """To the police, who took it."""
    over = {"sections": sections, "ground": "crime", "ground_reason": WHY}
    (referral,) = send(session, agencies, "crime_report", **over)
    return accept(session, referral, agencies.police_officer)


def packet(session: Session, agencies: Agencies, *sections: str) -> dict[Section, list[str]]:
    """The fields that an accepted packet with these sections holds."""
    referral, now = sent(session, agencies, *sections), clock.now() + timedelta(seconds=1)
    opened = open_sections(session, referral, holder_id=agencies.police.id, now=now)
    texts = packet_of(session, referral, opened).texts
    return {section: [name for name, _v, _t in said] for section, said in texts.items()}


NEXT_TO_IT = {Section.EVENT: ["perpetrator_now"]}
CLOSED_PART = {Section.SEXUAL_ABUSE: [FIELD]}


@pytest.mark.parametrize(
    ("named", "held"),
    [
        (("event",), NEXT_TO_IT),
        (("event", "sexual_abuse"), NEXT_TO_IT | CLOSED_PART),
        (("sexual_abuse",), CLOSED_PART),
    ],
)
def test_a_packet_holds_it_only_where_the_closed_part_is_named(
    session: Session,
    agencies: Agencies,
    named: tuple[str, ...],
    held: dict[Section, list[str]],
) -> None:
    found(session, agencies.story, abuse_forms=SEXUAL)
    assert packet(session, agencies, "identity", *named) == held


def test_a_packet_of_another_harm_holds_it_with_the_event(
    session: Session, agencies: Agencies
) -> None:
    """The positive control."""
    held = packet(session, agencies, "identity", "event")
    assert held == {Section.EVENT: [FIELD, "perpetrator_now"]}


def test_what_was_sent_before_is_closed_when_the_form_is_found(
    browser: Browser, session: Session, agencies: Agencies
) -> None:
    referral = sent(session, agencies, "identity", "event")
    browser.sign_in(agencies.police_officer)
    assert "zqkanary" in browser.get("referrals.show", referral_id=referral.id).text
    found(session, agencies.story, abuse_forms=SEXUAL)
    page = browser.get("referrals.show", referral_id=referral.id).text
    assert "zqkanary" not in page and "zqbeside" in page
