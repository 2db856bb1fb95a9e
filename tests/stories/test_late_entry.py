"""What is typed late makes a further edition, which another person publishes and which says what is
different from the one before."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock
from tests.stories.conftest import Visit
from tests.stories.place import Place
from tests.stories.visitor import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.wide, pytest.mark.timeout(900)]

WHY = "Phường Phố Hiến bổ sung sổ ghi muộn"
LATE = 5  # the fewest that may be told by number
_CASES = """
SELECT c.id FROM cases c
WHERE c.commune_code = :commune AND c.state NOT IN ('closed', 'duplicate', 'out_of_scope')
  AND NOT EXISTS (SELECT 1 FROM group_memberships m WHERE m.child_id = c.child_id)
  AND EXISTS (SELECT 1 FROM children k WHERE k.id = c.child_id AND k.merged_into_id IS NULL
              AND k.birth_year > extract(year FROM now()) - 12
              AND coalesce(k.residence_commune, c.commune_code) = :commune)
ORDER BY c.number
"""


def test_a_late_entry_leads_to_an_edition_that_another_person_publishes(
    place: Place, visit: Visit
) -> None:
    drafter, approver, worker = visit(), visit(), visit(width=PHONE)
    period = last_half()
    drafter.sign_in("supervisor")
    approver.sign_in("supervisor2")
    first = published(place, drafter, approver, period, "Đối chiếu với sổ của các xã, phường")

    cases = late_ones(place)
    worker.sign_in("worker")
    for case in cases:
        worker.go(f"/cases/{case}/circumstances/new")
        worker.choose(code="ORPHAN.1", poverty="poor").fill(since="05/01/2025")
        worker.send("#record")

    second = published(place, drafter, approver, period, WHY)
    said = drafter.go(f"{second}?audience=agency").page.inner_text("section:has(#changes-title)")
    assert f"{LATE} ghi muộn" in said, said
    assert WHY in drafter.text
    before = visit().sign_in("analyst").go(first)
    assert "Kỳ này có bản mới hơn" in before.text
    assert before.page.locator("main button").count() == 0, "nothing to decide for a reader"


def last_half() -> str:
    today = clock.today() - timedelta(days=1)
    return f"{today.year}-H1" if today.month > 6 else f"{today.year - 1}-H2"


def published(place: Place, drafter: Visitor, approver: Visitor, period: str, why: str) -> str:
    """Asked for by one, counted by the machine, published by the other; returns its address."""
    drafter.go("/indicators/releases/new").choose(period=period).fill(note=why)
    drafter.send("#release-form")
    address = drafter.path
    assert "Máy đang đếm" in drafter.text
    for job in ("derive-facts", "protect-figures"):
        place.flask("jobs", "run", job).check_returncode()
    drafter.go(address).press("Gửi người khác duyệt")
    assert "cần một người khác duyệt" in drafter.text
    assert drafter.page.get_by_role("button", name="Duyệt và công bố").count() == 0
    approver.go(address).press("Duyệt và công bố")
    assert re.search(r"CB-\d{4}-\d{2}", approver.text)
    return address


def late_ones(place: Place) -> list[str]:
    with place.superuser.connect() as connection:
        code = connection.scalar(
            text("SELECT u.commune_code FROM users s JOIN units u ON u.id = s.unit_id"
                 " WHERE s.username = 'worker'")
        )  # fmt: skip
        found = connection.scalars(text(_CASES), {"commune": code}).all()
    assert len(found) >= LATE
    return [str(one) for one in found[:LATE]]
