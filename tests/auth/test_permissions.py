"""The permission table, the entries each role sees, and what opens before a factor is set up."""

import re

import pytest
from sqlalchemy.orm import Session

from app.auth.actor import ROLE_LABELS
from app.auth.grants import AccessReason
from app.auth.labels import PERMISSION_LABELS, REASON_LABELS, kind_label, section_label
from app.auth.models import Role, UnitKind
from app.auth.permissions import GRANTS, SECTIONS, Permission, Section
from app.auth.policy import ROLES_OF
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory

FILE = {Permission.CASE_LIST, Permission.CASE_READ, Permission.CHILD_READ}


def test_accounts_and_files_are_never_in_one_hand() -> None:
    """Who manages accounts could otherwise open any file."""
    for role, granted in GRANTS.items():
        if Permission.USERS_MANAGE in granted:
            assert not granted & FILE, role
            assert role not in SECTIONS


def test_who_opens_a_file_opens_some_of_its_sections() -> None:
    for role, granted in GRANTS.items():
        assert bool(granted & FILE) == bool(SECTIONS.get(role)), role


def test_nobody_has_the_informant_among_the_sections() -> None:
    assert all(Section.INFORMANT not in sections for sections in SECTIONS.values())


def test_the_second_signature_is_never_the_assessor_s() -> None:
    for granted in GRANTS.values():
        assert not {Permission.CASE_ASSESS, Permission.OVERRIDE_DECIDE} <= granted
        assert not {Permission.EXTENSION_ASK, Permission.EXTENSION_DECIDE} <= granted


def test_every_role_has_a_unit_and_every_unit_a_role() -> None:
    assert set(ROLES_OF) == set(UnitKind)
    assert frozenset().union(*ROLES_OF.values()) == set(Role)


def test_everything_has_its_word() -> None:
    assert set(PERMISSION_LABELS) == set(Permission)
    assert set(ROLE_LABELS) == set(Role)
    assert set(REASON_LABELS) == set(AccessReason)
    assert all(kind_label(kind) for kind in UnitKind)
    assert all(section_label(section) for section in Section)


@pytest.mark.parametrize("role", list(Role))
def test_every_entry_of_the_bar_opens(browser: Browser, session: Session, role: Role) -> None:
    browser.sign_in(UserFactory(role=role, unit=UnitFactory()))
    page = browser.get("auth.profile")
    links = [str(link["href"]) for link in page.select(".bar-nav a")]
    assert links
    for link in links:
        shown = browser.client.get(link)
        assert shown.status_code in (200, 303), link
    assert bool(page.select(".find")) == (Permission.PEOPLE_SEARCH in GRANTS[role])


def test_the_entry_of_the_page_is_marked(browser: Browser, session: Session) -> None:
    browser.sign_in(UserFactory(role=Role.ADMINISTRATOR))
    current = browser.get("admin.units").select(".bar-nav a[aria-current]")
    assert [link["href"] for link in current] == ["/admin/units"]


def test_no_page_of_mine_names_a_person_in_its_title(browser: Browser, session: Session) -> None:
    user = UserFactory(name="Lê Thị Hòa", username="hoa")
    browser.sign_in(user)
    title = browser.get("auth.profile").title
    assert title is not None
    assert not re.search("Hòa", title.text)
