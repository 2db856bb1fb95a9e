"""From a membership that a worker types late to the next edition of a release, which says so."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.core import clock
from app.core.db import db
from app.indicators.models import Release, ReleaseState
from app.indicators.services.deriving import work_off
from app.indicators.services.publishing import prepare
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory
from tests.register.people import Place, another_case, in_group, make_place

YEAR = str(clock.today().year - 1)
CODES = frozenset({"special.age_sex", "special.commune"})


def jobs_run(session: Session) -> None:
    """Facts follow the records, and the draft that waits is counted and protected."""
    session.commit()
    with db.sessionmaker.begin() as own:
        work_off(own, clock.now())
    asked = select(Release.id).where(Release.state == ReleaseState.ASKED)
    for release_id in session.scalars(asked).all():
        session.commit()
        prepare(release_id, now=clock.now(), begin=db.sessionmaker.begin, codes=CODES)
    session.expire_all()


def published(
    session: Session, browser: Browser, place: Place, approver: User, note: str = ""
) -> Release:
    """As two supervisors do it on their pages."""
    browser.sign_in(place.supervisor)
    browser.submit("releases.new", {"period": YEAR, "note": note})
    jobs_run(session)
    page = browser.follow()
    browser.submit_page(page, {}, form="form[action$='/submit']")
    newest = select(Release).order_by(Release.edition.desc()).limit(1)
    release = session.scalars(newest).one()
    page = browser.sign_in(approver).get("releases.show", release_id=release.id)
    browser.submit_page(page, {}, form="form[action$='/approve']")
    return release


def test_a_late_entry_leads_to_a_new_edition_that_says_so(
    session: Session, browser: Browser
) -> None:
    place = make_place()
    approver = UserFactory(role=Role.SUPERVISOR, unit=UnitFactory(doh=True))
    for _ in range(12):
        in_group(session, another_case(place.unit), place.worker, "ORPHAN.1")
    first = published(session, browser, place, approver)

    for _ in range(5):
        in_group(session, another_case(place.unit), place.worker, "ORPHAN.1")
    session.commit()
    browser.sign_in(place.worker)
    form = {"code": "ORPHAN.1", "since": "01/03/2024", "poverty": "poor"}
    browser.submit("register.record", form, case_id=place.case.id)
    second = published(session, browser, place, approver, "Bổ sung sổ ghi muộn")

    page = browser.get("releases.show", release_id=second.id, audience="agency")
    said = page.select_one("#changes-title").parent.text  # type: ignore[union-attr]
    assert "từ 12 thành 18 trẻ em; 6 ghi muộn" in said
    assert "Bổ sung sổ ghi muộn" in page.text
    page = browser.get("releases.show", release_id=first.id)
    session.refresh(second)
    assert f"Kỳ này có bản mới hơn: {second.number}" in page.text
    assert second.number == f"CB-{clock.today().year}-02"
