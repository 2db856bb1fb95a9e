"""The help page: the clocks of the law with their source, one's own role."""

from sqlalchemy.orm import Session

from app.auth.models import Role
from app.core import clock
from app.core.db import db
from app.deadlines.rules import clock_rules
from tests.browser import Browser
from tests.factories import UserFactory
from tests.sql import counted


def test_help_names_every_clock_with_its_article(browser: Browser, session: Session) -> None:
    page = browser.sign_in(UserFactory(role=Role.INTAKE)).get("help.index")
    rows = {row.th.contents[0]: row.text for row in page.select("main tbody tr") if row.th}
    rules = clock_rules(clock.today()).values()
    assert len(rows) == len(rules)
    for rule in rules:
        assert rule.article in rows[rule.title.vi]
        assert ("đề xuất, không phải số của luật" in rows[rule.title.vi]) is not rule.is_legal
    assert "12 giờ" in page.text and "7 ngày làm việc" in page.text


def test_help_marks_the_readers_own_role(browser: Browser, session: Session) -> None:
    page = browser.sign_in(UserFactory(role=Role.COMMUNE_CHAIR)).get("help.index")
    own = [item.text for item in page.select("main .refs li") if "(bạn)" in item.text]
    assert len(own) == 1 and "Chủ tịch" in own[0]


def test_every_page_of_a_signed_in_user_leads_to_help(browser: Browser, session: Session) -> None:
    assert not browser.get("auth.sign_in").select('footer a[href="/help"]')
    browser.sign_in(UserFactory(role=Role.ANALYST))
    page = browser.get("home.index")
    assert page.select('footer a[href="/help"]')
    with counted(db.engine) as seen:
        browser.open("/help")
    assert len(seen) <= 1  # the session
