"""axe-core on every page of every role, on a phone and on a desk: it finds nothing.

What a form answers is looked at on a phone: the errors and their places are the same on a desk.
The short run has what the main story reaches (test_from_report_to_audit.py), on a phone and a desk.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.stories.axe import bring_axe, violations
from tests.stories.conftest import Visit
from tests.stories.look import LATE, SEND, STALE, Look
from tests.stories.pages import PAGES, set_the_scene
from tests.stories.place import Place
from tests.stories.visitor import DESK, PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.wide]
A_FRAME_LATER = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def ids(place: Place, chromium: Browser) -> Iterator[dict[str, str]]:
    context = chromium.new_context(viewport={"width": DESK, "height": 844})
    yield set_the_scene(place, Visitor(context, place.url))
    context.close()


@pytest.mark.parametrize("role", PAGES)
def test_axe_finds_nothing(visit: Visit, place: Place, ids: dict[str, str], role: str) -> None:
    visitor = examined(visit, role)
    found = [
        line
        for look in PAGES[role]
        for line in looked_at(visitor, place, look, ids, widths_of(look))
    ]
    assert found == []


def examined(visit: Visit, role: str) -> Visitor:
    visitor = visit()
    bring_axe(visitor.context)
    return visitor.sign_in(role) if role else visitor


def widths_of(look: Look) -> list[int]:
    return [PHONE] if look.then in (SEND, STALE) else [PHONE, DESK]


def looked_at(
    visitor: Visitor, place: Place, look: Look, ids: dict[str, str], widths: list[int]
) -> list[str]:
    if look.then == LATE:
        forget_passwords(place)
    widths = sorted(widths, key=lambda width: width != visitor.width)  # it opens as wide as it is
    show(visitor.resize(widths[0]), look, ids)
    return [
        f"{look.name}, {width} px: {line}"
        for width in widths
        for line in violations(visitor.resize(width).page)
    ]


def show(visitor: Visitor, look: Look, ids: dict[str, str]) -> None:
    visitor.expected = {look.status}
    visitor.go(look.path.format(**ids), expect=200 if look.then else look.status)
    for name, words in look.typed:
        value = words.format(**ids)
        kind = visitor.page.locator(f"main [name='{name}']").first.get_attribute("type")
        visitor.choose(**{name: value}) if kind == "radio" else visitor.fill(**{name: value})
    if look.then == STALE:
        visitor.page.eval_on_selector("main [name=version]", "field => { field.value = '0' }")
    if look.then in (SEND, STALE):
        visitor.send(look.form.format(**ids), expect=look.status)


def forget_passwords(place: Place) -> None:
    """As an hour after everybody typed theirs."""
    with place.superuser.begin() as connection:
        connection.exec_driver_sql("UPDATE user_sessions SET confirmed_at = now() - interval '1h'")


def test_axe_finds_nothing_where_an_answer_comes_too_late(
    visit: Visit, ids: dict[str, str]
) -> None:
    """Typed while the other side took it back: what was typed stands beside the refusal."""
    hospital = visit(PHONE).sign_in("hospital").go(f"/referrals/{ids['waiting']}")
    hospital.fill(**{"ask-question": "Em đã khám ở đâu chưa"})
    worker = visit().sign_in("worker").go(f"/referrals/{ids['waiting']}")
    worker.fill(**{"recall-reason": "Gia đình đã tự đưa em đi khám"}).send("#recall-form")
    hospital.expected |= {409}
    hospital.page.locator("#ask-form .btn-primary").click()
    hospital.page.locator(".notice-danger").wait_for()
    assert "Em đã khám ở đâu chưa" in hospital.text
    assert violations(hospital.page) == []


def test_axe_finds_what_is_planted(visit: Visit) -> None:
    page = visit().go("/auth/sign-in").page
    page.evaluate(A_FRAME_LATER)  # the visitor has measured how wide it was
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.querySelector('h1').setAttribute('aria-colour', 'red')")
    page.evaluate("document.querySelector('main').style.minWidth = '3000px'")
    rules = " ".join(violations(page))
    for rule in ("label", "aria-valid-attr", "scrolls sideways"):
        assert rule in rules
