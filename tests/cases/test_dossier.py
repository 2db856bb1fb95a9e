"""The complete dossier: whole and in order, no closed word, with a second person where it has a
closed part, for one person and one day."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.auth.models import Role
from app.auth.permissions import COMPARTMENTS, Section, sections_of
from app.cases.exporting import rules
from app.cases.models import Case, Export
from app.cases.models.exports import ExportState
from app.cases.queries.exports import children_alone
from app.core import clock
from app.core.tasks import Task, TaskState, run_waiting
from tests.actors import actor_of
from tests.browser import Browser
from tests.canaries import Cage, fill
from tests.cases.exports_story import asked, fetched, unlocked
from tests.parts.exports import an_export
from tests.tiers import wide
from tests.world import Place, make_world

REASON = "Gửi Tòa án nhân dân theo yêu cầu"


@pytest.fixture
def place(session: Session) -> Place:
    """A case with one of everything."""
    return make_world(session).mine


@pytest.fixture
def cage(session: Session, place: Place) -> Cage:
    return fill(session, place)


def query(place: Place, *, closed: bool) -> str:
    return f"list=dossier&case={place.ids['case_id']}{'' if closed else '&closed=no'}"


def agreed(browser: Browser, place: Place, role: Role, *, closed: bool) -> Export:
    """The dossier that this role asked for; with closed parts the Chair agreed."""
    export = asked(browser.sign_in(place.users[role]), query(place, closed=closed), REASON)
    if export.state is ExportState.ASKED:
        page = browser.sign_in(place.users[Role.COMMUNE_CHAIR]).get(
            "exports.decide", asked_id=export.id
        )
        browser.submit_page(page, {"decision": "approved"}, form="#export-decision")
        browser.sign_in(place.users[role])
    return export


def read(browser: Browser, export: Export) -> bytes:
    return unlocked(*fetched(browser, export))


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


IN_ORDER = (
    *("Mẫu số 01", "Mẫu số 02", "Mẫu số 03", "Biên bản họp", "Mẫu số 04", "Mẫu số 07"),
    *("Biên bản giao", "Mẫu số 06", "Dịch vụ đã nhận", "Danh mục tài liệu", "Dòng thời gian"),
)


def assert_whole(pdf: bytes, pages: list[str]) -> None:
    """Every part is there, in its order, on the page that the index says."""
    reader = PdfReader(BytesIO(pdf))
    marks = [(str(m.title), reader.get_destination_page_number(m)) for m in reader.outline]
    titles = [title for title, _page in marks]
    found = [next(i for i, t in enumerate(titles) if t.startswith(part)) for part in IN_ORDER]
    assert found == sorted(found) and marks[0][1] == 0
    for title, page in marks[1:]:
        assert squeezed(f"{title}{page + 1}") in squeezed(pages[1]), title
        assert f"Hồ sơ: trang {page + 1}/{len(pages)}" in pages[page]
    for title, page in marks[1:]:
        if title.startswith("Mẫu số"):
            assert title[:9] in pages[page]
    assert f"Số trang: {len(pages)}" in pages[0]


@wide
@pytest.mark.parametrize(
    ("role", "closed"),
    [(Role.CP_WORKER, True), (Role.CP_WORKER, False), (Role.SUPERVISOR, True)],
)
def test_it_is_whole_and_holds_no_word_of_a_closed_section(
    browser: Browser, place: Place, cage: Cage, role: Role, closed: bool
) -> None:
    user = place.users[role]
    export = agreed(browser, place, role, closed=closed)
    pdf = read(browser, export)
    pages = pages_of(pdf)
    mark = f"BẢN SAO {export.number}, dành cho {user.username}"
    assert all(mark in page for page in pages)
    assert REASON in " ".join(pages[0].split()) and export.number in pages[0]
    if role is Role.CP_WORKER:
        assert_whole(pdf, pages)
    text = squeezed("".join(pages))
    opened = sections_of(actor_of(user)) - (frozenset() if closed else COMPARTMENTS)
    hidden = [canary for canary in cage.canaries if canary.section not in opened]
    assert hidden and [canary.where for canary in hidden if canary.is_in(text)] == []
    shown = {c.section for c in cage.canaries if c.is_in(text)}
    assert {Section.EVENT, Section.ASSESSMENT, Section.PLAN, Section.IDENTITY} <= shown
    assert (Section.HEALTH in shown) == (role is Role.CP_WORKER)
    assert (shown >= COMPARTMENTS) == (role is Role.CP_WORKER and closed)


def test_a_closed_part_never_leaves_with_one_person_alone(browser: Browser, place: Place) -> None:
    page = browser.sign_in(place.users[Role.CP_WORKER]).open(
        f"/exports/new?{query(place, closed=True)}"
    )
    assert "Không ai một mình" in page.text
    assert place.users[Role.COMMUNE_CHAIR].name in page.text
    less = page.find("a", string="Lập bản không kèm phần kín")
    assert less is not None and "Không ai một mình" not in browser.open(str(less["href"])).text
    export = asked(browser, query(place, closed=True), REASON)
    assert export.state is ExportState.ASKED and export.task_id is None
    assert asked(browser, query(place, closed=False), REASON).state is ExportState.AGREED


def test_whoever_would_have_to_agree_to_their_own_is_told(browser: Browser, place: Place) -> None:
    chair = browser.sign_in(place.users[Role.COMMUNE_CHAIR])
    page = chair.open(f"/exports/new?{query(place, closed=True)}")
    assert page.select_one("#export-form") is None
    assert page.find("a", string="Lập bản không kèm phần kín") is not None


def test_one_counts_as_many_children_of_a_list(
    browser: Browser, session: Session, place: Place
) -> None:
    worker, now = place.users[Role.CP_WORKER], clock.now()
    for _ in range(rules().alone_children // rules().whole_file_counts):
        an_export(session, worker, kind="dossier", state=ExportState.AGREED)
    session.commit()
    assert children_alone(session, worker.id, now) >= rules().alone_children
    page = browser.sign_in(worker).open(f"/exports/new?{query(place, closed=False)}")
    assert "Bạn đã tự xuất" in page.text and "cần người thứ hai" in page.text


def test_nobody_else_gets_it(browser: Browser, place: Place) -> None:
    export = agreed(browser, place, Role.CP_WORKER, closed=False)
    for role in (Role.COMMUNE_CHAIR, Role.SUPERVISOR):
        browser.sign_in(place.users[role]).open(f"/exports/{export.id}", expect=404)
        browser.open(f"/exports/{export.id}/download", expect=404)


def test_a_case_that_is_not_open_is_not_there(browser: Browser, place: Place) -> None:
    worker = browser.sign_in(place.users[Role.CP_WORKER])
    for text in ("list=dossier", "list=dossier&case=x", f"list=dossier&case={worker_id(place)}"):
        worker.open(f"/exports/new?{text}", expect=404)


def worker_id(place: Place) -> object:
    """An id, but of no case."""
    return place.users[Role.CP_WORKER].id


@pytest.mark.wide
@pytest.mark.parametrize("change", ["unit", "role", "account"])
def test_it_is_closed_with_what_opened_it(
    browser: Browser, session: Session, place: Place, change: str
) -> None:
    worker = place.users[Role.CP_WORKER]
    export = agreed(browser, place, Role.CP_WORKER, closed=False)
    read(browser, export)
    if change == "unit":
        worker.unit_id = place.users[Role.SUPERVISOR].unit_id
    elif change == "role":
        worker.role = Role.SUPERVISOR
    else:
        worker.is_active = False
    session.commit()
    if change != "account":
        browser.sign_in(worker)
    status = 401 if change == "account" else 404
    answer = browser._alone(browser.client.get, f"/exports/{export.id}/download")
    assert answer.status_code in (status, 302, 303) and b"%PDF" not in answer.data


def test_access_lost_before_it_is_made_leaves_no_file(
    browser: Browser, session: Session, place: Place
) -> None:
    worker = place.users[Role.CP_WORKER]
    export = agreed(browser, place, Role.CP_WORKER, closed=False)
    worker.is_active = False
    session.commit()
    run_waiting(session, clock.now())
    session.expire_all()
    task = session.get_one(Task, export.task_id)
    assert (task.state, task.error) == (TaskState.FAILED, "AskerChanged")
    assert session.get_one(Export, export.id).file_id is None


@pytest.mark.wide
def test_asking_and_reading_are_in_the_chain_of_the_case(
    browser: Browser, session: Session, place: Place
) -> None:
    case, last = session.get_one(Case, place.ids["case_id"]), func.max(AuditEvent.id)
    before = session.scalar(select(last)) or 0
    export = agreed(browser, place, Role.CP_WORKER, closed=True)
    read(browser, export)
    own = select(AuditEvent.action).where(AuditEvent.chain_id == case.id, AuditEvent.id > before)
    actions = [one for one in session.scalars(own.order_by(AuditEvent.id)) if "export" in one]
    assert actions == [
        "export.changed", "export.changed", "cases.exported", "export.changed", "export.changed",
        "export.read",
    ]  # fmt: skip
    page = browser.get("cases.show", case_id=case.id)
    assert page.find("a", string=re.compile("Hồ sơ đầy đủ")) is not None
