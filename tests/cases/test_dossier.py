"""The complete dossier: whole and in order, no closed word, for one person and one day."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.audit.models import AuditEvent
from app.auth.models import Role, User
from app.auth.permissions import Section, sections_of
from app.cases.models import Case, Dossier
from app.cases.services import dossiers
from app.cases.services.dossiers import forget_dossiers, keep_dossier
from app.core import clock
from app.core.tasks import Task, TaskState, run_waiting
from app.documents.models import FileChunk, StoredFile
from tests.actors import actor_of
from tests.browser import Browser
from tests.canaries import Cage, fill
from tests.tiers import short_for
from tests.world import Place, make_world

REASON = "Gửi Tòa án nhân dân theo yêu cầu"


@pytest.fixture
def place(session: Session) -> Place:
    """A case with one of everything."""
    return make_world(session).mine


@pytest.fixture
def cage(session: Session, place: Place) -> Cage:
    return fill(session, place)


def ordered(browser: Browser, session: Session, place: Place, user: User) -> Task:
    browser.sign_in(user)
    browser.submit("dossiers.order", {"reason": REASON}, case_id=place.ids["case_id"])
    return session.scalars(select(Task).where(Task.kind == dossiers.KIND)).one()


def made(browser: Browser, session: Session, place: Place, user: User) -> Task:
    task = ordered(browser, session, place, user)
    run_waiting(session, clock.now())
    session.expire_all()
    assert (task.state, task.error) == (TaskState.DONE, None)
    return task


def kept(browser: Browser, session: Session, place: Place, user: User) -> Task:
    """As `made`, without the printing."""
    task = ordered(browser, session, place, user)
    dossier, now = session.get_one(Dossier, task.id), clock.now()
    keep_dossier(session, dossier, b"%PDF-1.7 " + REASON.encode(), now=now)
    task.state, task.ended_at = TaskState.DONE, now
    session.commit()
    return task


def fetch(browser: Browser, task: Task) -> TestResponse:
    path = f"/dossiers/{task.id}/dossier.pdf"
    answer: TestResponse = browser._alone(browser.client.get, path)
    return answer


def pages_of(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200
    return [page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def the(session: Session) -> Dossier:
    kept = select(Dossier).where(Dossier.made_at.is_not(None))
    return session.scalars(kept).unique().one()


IN_ORDER = (
    *("Mẫu số 01", "Mẫu số 02", "Mẫu số 03", "Biên bản họp", "Mẫu số 04", "Mẫu số 07"),
    *("Biên bản giao", "Mẫu số 06", "Dịch vụ đã nhận", "Danh mục tài liệu", "Dòng thời gian"),
)


def assert_whole(answer: TestResponse, pages: list[str]) -> None:
    """Every part is there, in its order, on the page that the index says."""
    reader = PdfReader(BytesIO(answer.data))
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


@pytest.mark.parametrize("role", short_for([Role.CP_WORKER], [Role.CP_WORKER, Role.SUPERVISOR]))
def test_it_is_whole_and_holds_no_word_of_a_closed_section(
    browser: Browser, session: Session, place: Place, cage: Cage, role: Role
) -> None:
    user = place.users[role]
    task = made(browser, session, place, user)
    answer = fetch(browser, task)
    pages = pages_of(answer)
    assert task.outcome is not None and task.outcome["pages"] == len(pages)
    assert all(f"BẢN SAO, dành cho {user.username}" in page for page in pages)
    if role is Role.CP_WORKER:  # to whom no part is closed
        assert_whole(answer, pages)
    text = squeezed("".join(pages))
    opened = sections_of(actor_of(user))
    closed = [canary.where for canary in cage.canaries if canary.section not in opened]
    leaked = [c.where for c in cage.canaries if c.section not in opened and c.is_in(text)]
    assert closed and leaked == []
    shown = {c.section for c in cage.canaries if c.is_in(text)}
    assert {Section.EVENT, Section.ASSESSMENT, Section.PLAN, Section.IDENTITY} <= shown
    assert (Section.HEALTH in shown) == (role is Role.CP_WORKER)


def test_nobody_else_gets_it(browser: Browser, session: Session, place: Place) -> None:
    task = kept(browser, session, place, place.users[Role.CP_WORKER])
    for role in (Role.COMMUNE_CHAIR, Role.SUPERVISOR):
        assert fetch(browser.sign_in(place.users[role]), task).status_code == 404


def test_it_is_closed_with_the_case(browser: Browser, session: Session, place: Place) -> None:
    worker = place.users[Role.CP_WORKER]
    task = kept(browser, session, place, worker)
    assert fetch(browser, task).status_code == 200
    worker.unit_id = place.users[Role.SUPERVISOR].unit_id
    session.commit()
    assert fetch(browser, task).status_code == 404


def test_it_is_closed_with_a_section(browser: Browser, session: Session, place: Place) -> None:
    worker = place.users[Role.CP_WORKER]
    task = kept(browser, session, place, worker)
    worker.role = Role.SUPERVISOR
    session.commit()
    browser.sign_in(worker)
    assert fetch(browser, task).status_code == 404


def test_access_lost_before_it_is_made_leaves_no_file(
    browser: Browser, session: Session, place: Place
) -> None:
    worker = place.users[Role.CP_WORKER]
    task, before = ordered(browser, session, place, worker), _files(session)
    worker.is_active = False
    session.commit()
    run_waiting(session, clock.now())
    session.expire_all()
    assert (task.state, task.error) == (TaskState.FAILED, "AccessLost")
    assert _files(session) == before


@pytest.mark.parametrize("state", [TaskState.WAITING, TaskState.CANCELLED, TaskState.FAILED])
def test_work_that_did_not_end_well_gives_no_file(
    browser: Browser, session: Session, place: Place, state: TaskState
) -> None:
    task = kept(browser, session, place, place.users[Role.CP_WORKER])
    session.execute(update(Task).where(Task.id == task.id).values(state=state))
    session.commit()
    assert fetch(browser, task).status_code == 404


def test_it_is_deleted_when_it_is_a_day_old(
    browser: Browser, session: Session, place: Place
) -> None:
    before = _files(session)
    task = kept(browser, session, place, place.users[Role.CP_WORKER])
    dossier, day = the(session), timedelta(hours=24)
    assert dossier.made_at is not None
    forget_dossiers(session, dossier.made_at + day - timedelta(seconds=1))
    assert _files(session) == (before[0] + 1, before[1] + 2)
    dossier.made_at -= day
    session.commit()
    gone = fetch(browser, task)
    assert gone.status_code == 410 and "hết thời gian giữ" in gone.text
    forget_dossiers(session, clock.now())
    session.commit()
    assert _files(session) == before
    assert the(session).reason == REASON
    assert fetch(browser, task).status_code == 410


def test_what_is_kept_is_sealed(browser: Browser, session: Session, place: Place) -> None:
    task = kept(browser, session, place, place.users[Role.CP_WORKER])
    pdf = fetch(browser, task).data
    pieces = session.scalars(
        select(FileChunk.sealed).where(FileChunk.file_id == the(session).file_id)
    ).all()
    assert pdf.startswith(b"%PDF-") and all(b"%PDF-" not in piece for piece in pieces)
    assert any(len(piece) > len(pdf) for piece in pieces)
    assert not any(REASON.encode() in piece for piece in pieces)
    assert REASON not in str(task.payload)


def test_asking_and_reading_are_on_the_log(
    browser: Browser, session: Session, place: Place
) -> None:
    task = kept(browser, session, place, place.users[Role.CP_WORKER])
    answer = fetch(browser, task)
    case = session.get_one(Case, place.ids["case_id"])
    assert (
        answer.headers["Content-Disposition"] == f'attachment; filename="{case.number}-ho-so.pdf"'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    actions = list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))
    assert actions.count("case.dossier_ordered") == actions.count("case.dossier_read") == 1


def test_a_reason_is_asked_for(browser: Browser, session: Session, place: Place) -> None:
    browser.sign_in(place.users[Role.CP_WORKER])
    where = {"case_id": place.ids["case_id"]}
    page = browser.submit("dossiers.order", {"reason": " "}, expect=422, **where)
    assert page.select_one('.error-summary a[href="#reason"]') is not None
    page = browser.get("cases.show", **where)
    assert page.find("a", string=re.compile("Hồ sơ đầy đủ")) is not None


def test_work_that_began_again_keeps_one_file(
    browser: Browser, session: Session, place: Place
) -> None:
    before = _files(session)
    task = kept(browser, session, place, place.users[Role.CP_WORKER])
    keep_dossier(session, the(session), b"%PDF-1.7 again", now=clock.now())
    session.commit()
    assert _files(session)[0] == before[0] + 1
    assert fetch(browser, task).data == b"%PDF-1.7 again"


def _files(session: Session) -> tuple[int, int]:
    """How many files and pieces are kept."""
    session.rollback()
    one, other = (
        session.scalar(select(func.count()).select_from(table)) or 0
        for table in (StoredFile, FileChunk)
    )
    return one, other
