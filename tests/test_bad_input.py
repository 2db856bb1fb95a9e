"""No input gives a 5xx, and what is refused leaves nothing half-written: every form, each field."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any
from unicodedata import normalize
from urllib.parse import quote_plus, urlencode
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.auth.models import Role, User
from app.cases.models import Case, CaseNumber, Report
from app.core import clock
from tests import parts
from tests.browser import FIRST, Browser, check_page, filled_in
from tests.factories import PHO_HIEN
from tests.hostile import HUGE, VALUES
from tests.matrix import Row, read_matrix
from tests.tiers import every, turn
from tests.world import Relation, make_world

MATRIX = read_matrix()
POSTS = sorted(name.removeprefix("POST ") for name in MATRIX if name.startswith("POST "))
Fields = dict[str, Any]
IN_TEN_DAYS = (clock.today() + timedelta(days=10)).strftime("%d/%m/%Y")

# What makes the form of a page valid, besides what it holds when it is opened.
VALID: dict[str, Fields] = {
    "assessment.new": {"H1": "LOW", "H2": "LOW", "P1": "HIGH", "P2": "HIGH"},
    "assessment.decide_override": {"decision": "approved"},
    "auth.sign_in": {"username": "nobody", "password": "no password of anybody"},
    "extensions.ask": {"until": [IN_TEN_DAYS, "17:00"], "reason": "Chờ giám định"},
    "extensions.decide": {"decision": "approved"},
    "intake.correct": {},
    "intake.informant": {"reason": "Cần hỏi lại nơi xảy ra"},
    "intake.new": {"category": "abused", "channel": "phone", "child_condition": "Khóc cả đêm"},
    "intake.route": {"event_commune": PHO_HIEN},
    "measures.new": {"kind": "safe_shelter", "performed_by": "Công an phường"},
    "verification.new": {"outcome": "confirmed"},
    **parts.gathered("VALID"),
}
# Where the page of the address itself shows no form.
FIELDS: dict[str, tuple[str, ...]] = {
    "admin.disable": ("version",),
    "admin.enable": ("version",),
    "admin.invite": ("idempotency_key",),
    "admin.reset": ("idempotency_key",),
    "admin.search_users": ("q",),
    "assessment.preview": ("H1", "wanted_level", "happened_at", "needs-0-need", "version"),
    "auth.end_own_session": ("version",),
    "auth.enrol": ("code", "next"),
    "auth.invitation": ("password", "again"),
    "auth.quick_exit": ("next",),
    "auth.second_step": ("code", "next"),
    "auth.sign_out": ("next",),
    "calendar.remove": ("day", "day_id"),
    "drafts.discard": ("next",),
    "drafts.save": ("child_name", "anything", "more_children-0-dob"),
    "language.choose": ("locale", "next"),
    "people.duplicates": (
        "child_name", "dob", "est_age", "sex", "event_commune", "father_name",
        "more_children-0-child_name", "more_children-0-dob",
    ),
    **parts.gathered("FORM_FIELDS"),
}  # fmt: skip
# What a refused form leaves unchanged; its draft is not among it: that is what was typed.
WRITTEN = (
    "children", "carers", "reports", "informants", "verifications", "cases", "case_numbers",
    "case_events", "case_access", "initial_assessments", "assessment_needs", "safety_measures",
    "deadlines", "deadline_extensions", "users", "units", "idempotency_keys",
    *parts.listed("WRITTEN"),
)  # fmt: skip


_quoted = cache(quote_plus)  # the same few values go through every form, one of them of 3 MB


@dataclass
class Form:
    """A form as its page shows it, opened by somebody who may send it."""

    browser: Browser
    path: str
    user: User | None
    fields: Fields
    names: list[str]
    texts: list[str]  # of the names, what is typed freely

    @property
    def is_of_a_page(self) -> bool:
        return bool(self.fields)

    def send(self, changed: Fields, **kwargs: Any) -> TestResponse:
        """Post in bytes, as a browser need not: any octets may come."""
        body = {**self.fields, **changed}
        if "idempotency_key" not in changed:
            body["idempotency_key"] = str(uuid4())
        kept = {name: value for name, value in body.items() if value is not None}
        return self.post(
            data=urlencode(kept, doseq=True, quote_via=_quoted),
            content_type="application/x-www-form-urlencoded",
            **kwargs,
        )

    def post(self, **kwargs: Any) -> TestResponse:
        answer: TestResponse = self.browser._alone(self.browser.client.post, self.path, **kwargs)
        assert answer.status_code < 500, f"{self.path}: {answer.status_code}"
        return answer


def open_form(app: Flask, session: Session, endpoint: str) -> Form:
    """In a world of its own, because sending a form changes what may follow."""
    world, row = make_world(session), MATRIX[f"POST {endpoint}"]
    if session.get(CaseNumber, clock.today().year) is None:
        session.add(CaseNumber(year=clock.today().year, last=500_000))  # above those of factories
        session.commit()
    browser, user = Browser(app, session), world.mine.users[_role(row)] if row.own else None
    if user:
        browser.sign_in(user)
    path = _path(app, browser, endpoint, "POST", {**world.ids(Relation.OWN), **row.address})
    return _read_form(endpoint, browser, path, user) or Form(
        browser, path, user, {}, list(FIELDS[endpoint]), []
    )


def _read_form(endpoint: str, browser: Browser, path: str, user: User | None) -> Form | None:
    """The form that the page of this path shows; None where there is none (any more)."""
    page = BeautifulSoup(browser._alone(browser.client.get, path).text, "lxml")
    found = page.select_one(f'main form[method=post][action="{path}"]')
    if found is None or endpoint in FIELDS:
        return None
    chosen = _chosen(found, VALID.get(endpoint, {}))
    if chosen is None:
        return None
    fields = {k: v for k, v in filled_in(found).items() if "__index__" not in k}
    return Form(
        browser,
        path,
        user,
        {**fields, **chosen},
        sorted(set(_names(found, "[name]")) - {"csrf_token"}),
        _names(found, "textarea, input[type=text]"),
    )


def _chosen(form: Tag, valid: Fields) -> Fields | None:
    """With the first choice that its page offers for each field that wants just any; None where
    no choice is left."""
    wanted = [name for name, value in valid.items() if value is FIRST]
    offered = {n: form.select_one(f'[name="{n}"] option[value]:not([value=""])') for n in wanted}
    if None in offered.values():
        return None
    return valid | {name: str(option["value"]) for name, option in offered.items() if option}


def _names(form: Tag, selector: str) -> list[str]:
    """Without those of the template for one more group."""
    names = (str(one["name"]) for one in form.select(selector))
    return [name for name in names if "__index__" not in name]


def opened_again(app: Flask, session: Session, endpoint: str, form: Form) -> Form:
    """What was sent went through: the page as it is now, or another record, or a new session."""
    if form.user:
        form.browser.sign_in(form.user)
    if not form.is_of_a_page:
        return form
    again = _read_form(endpoint, form.browser, form.path, form.user)
    return again or open_form(app, session, endpoint)


def _role(row: Row) -> Role:
    """Of those who may: a worker before others, whose forms lead furthest."""
    order = (Role.CP_WORKER, Role.COMMUNE_CHAIR, Role.ADMINISTRATOR, *Role)
    return next(role for role in order if role in (row.own or ()))


def _path(app: Flask, browser: Browser, endpoint: str, method: str, ids: Fields) -> str:
    (rule,) = [r for r in app.url_map.iter_rules(endpoint) if method in (r.methods or ())]
    return browser._url(endpoint, {name: ids[name] for name in rule.arguments})


def counts(superuser: Engine) -> dict[str, int]:
    """In one row: the rows of a UNION come in any order, for one by parallel workers."""
    parts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in WRITTEN)
    with superuser.connect() as connection:
        return dict(connection.execute(text(f"SELECT {parts}")).mappings().one())


def attack(
    app: Flask,
    session: Session,
    superuser: Engine,
    endpoint: str,
    values: Iterable[Fields],
    form: Form,
) -> Form:
    """Send the form once with each of these values, all else as it should be; returns it as it is
    then."""
    before = counts(superuser)
    for hostile in values:
        if form.send(hostile).status_code >= 400:
            assert counts(superuser) == before, f"{str(hostile)[:200]}: half-written"
        else:
            form = opened_again(app, session, endpoint, form)
            before = counts(superuser)
    return form


def few(names: list[str], number: int) -> list[Fields]:
    """For form number `number`: all fields at once as bad as each other, and one alone."""
    return [next(some(names, turns=1)), *turn(list(all_pairs(names)), number, 1)]


def some(names: list[str], turns: int = 5, alone: int = 8) -> Iterator[Fields]:
    """Each field gets some of the values, alone and with all others as bad as itself."""
    kinds = list(VALUES)
    for number in range(turns):
        shifted = [kinds[(i * 8 + number * 7) % len(kinds)] for i in range(len(names))]
        yield {name: VALUES[kind] for name, kind in zip(names, shifted, strict=True)}
    everything = list(all_pairs(names))
    yield from everything[:: max(4, len(everything) // alone)]


def all_pairs(names: list[str]) -> Iterator[Fields]:
    return ({name: value} for name in names for value in VALUES.values())


@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize(
    "endpoint", every(4, sorted(VALID.keys() - {"auth.sign_in", "intake.informant"}))
)
def test_the_forms_attacked_are_good_ones(app: Flask, session: Session, endpoint: str) -> None:
    """The positive control: without a hostile value they go through."""
    assert open_form(app, session, endpoint).send({}).status_code == 303


@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("endpoint", every(4, POSTS))
def test_neither_a_value_nor_a_body_breaks_a_form(
    app: Flask, session: Session, superuser: Engine, endpoint: str
) -> None:
    """One value in all fields and one alone, then one whole body, by turns: each value somewhere,
    since what reads them is the same for all forms."""
    form, number = open_form(app, session, endpoint), POSTS.index(endpoint) // 4
    form = attack(app, session, superuser, endpoint, few(form.names, number), form)
    sent = turn(list(bodies(form)), number, 1)
    post_bodies(app, session, superuser, endpoint, form, sent)


@pytest.mark.wide
@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("endpoint", POSTS)
def test_no_value_of_many_breaks_a_form(
    app: Flask, session: Session, superuser: Engine, endpoint: str
) -> None:
    form = open_form(app, session, endpoint)
    attack(app, session, superuser, endpoint, some(form.names), form)


@pytest.mark.long
@pytest.mark.timeout(1_200)
@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("endpoint", POSTS)
def test_no_value_breaks_any_field(
    app: Flask, session: Session, superuser: Engine, endpoint: str
) -> None:
    form = open_form(app, session, endpoint)
    attack(app, session, superuser, endpoint, all_pairs(form.names), form)


@pytest.mark.wide
@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("endpoint", POSTS)
def test_none_of_the_bodies_breaks_a_form(
    app: Flask, session: Session, superuser: Engine, endpoint: str
) -> None:
    form = open_form(app, session, endpoint)
    post_bodies(app, session, superuser, endpoint, form, bodies(form))


def post_bodies(
    app: Flask,
    session: Session,
    superuser: Engine,
    endpoint: str,
    form: Form,
    sent: Iterable[Fields],
) -> None:
    before = counts(superuser)
    for body in sent:
        if form.post(**body).status_code >= 400:
            assert counts(superuser) == before, str(body)[:200]
        else:
            form = opened_again(app, session, endpoint, form)
            before = counts(superuser)


def bodies(form: Form) -> Iterator[Fields]:
    """Whole requests that no page of ours sends."""
    nested = {name: {"a": [1, None]} for name in form.names}
    url_encoded = "application/x-www-form-urlencoded"
    yield {"data": b"", "content_type": url_encoded}
    yield {"data": b"\xff\xfe=\xff&&&=&%", "content_type": url_encoded}
    huge = urlencode({**form.fields, form.names[0]: HUGE}, doseq=True, quote_via=_quoted)
    yield {"data": huge.encode(), "content_type": url_encoded}
    yield {"data": urlencode({f"{form.names[0]}-{i}": "x" for i in range(3_000)}),
           "content_type": url_encoded}  # fmt: skip
    yield {"json": nested}
    yield {"json": [1, 2]}
    yield {"json": None}
    yield {"data": b'{"a":', "content_type": "application/json"}
    yield {"data": b"--x\r\n\r\n", "content_type": "multipart/form-data; boundary=x"}
    yield {"data": b"a=1", "content_type": "multipart/form-data"}
    yield {"data": b"a=1", "content_type": "text/plain; charset=utf-16"}
    yield {"data": {**_once_each(form.fields), **_as_files(form.names)},
           "content_type": "multipart/form-data"}  # fmt: skip
    yield {"data": b"x" * (5 * 1024 * 1024), "content_type": url_encoded}


def _once_each(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


def _as_files(names: list[str]) -> Fields:
    return {name: (BytesIO(b"GIF89a"), "../x.gif") for name in names}


# --- what a refused form keeps, and what an accepted text becomes

PAGES = sorted(
    {*VALID, "people.edit_save", "admin.new_user", "admin.new_unit", "calendar.index"}
    - {"auth.sign_in"}  # it keeps no password
    - {"intake.route", "referrals.new", "reminder_choices.index"}  # without a text
)


@pytest.mark.usefixtures("no_csrf")
@pytest.mark.parametrize("endpoint", every(4, PAGES))
def test_a_refused_form_keeps_what_was_typed_in_all_other_fields(
    app: Flask, session: Session, endpoint: str
) -> None:
    form = open_form(app, session, endpoint)
    typed = {name: f"chữ đã gõ {i}" for i, name in enumerate(form.texts)}
    wrong = next(iter(typed))
    answer = form.send({**typed, wrong: "Lê\x00Thị"})
    assert answer.status_code == 422
    check_page(answer.text)
    page = BeautifulSoup(answer.text, "lxml")
    summary = page.select_one(".error-summary")
    assert summary is not None
    kept = filled_in(page.select_one(f'main form[action="{form.path}"]') or page)
    lost = [name for name in typed if name != wrong and typed[name] not in str(kept[name])]
    assert lost == []
    for link in summary.select("a"):
        assert page.select(f'[id="{str(link["href"])[1:]}"]'), f"{link} leads nowhere"


TYPED_ODDLY = (
    VALUES["script"], VALUES["template"], VALUES["SQL"], VALUES["decomposed"], VALUES["path"],
)  # fmt: skip


@pytest.mark.parametrize("typed", TYPED_ODDLY)
def test_what_is_accepted_is_kept_composed_and_shown_as_text(
    app: Flask, session: Session, typed: str
) -> None:
    """Through all texts of a report, then on the pages of its case."""
    form = open_form(app, session, "intake.new")
    texts = [name for name in form.texts if name not in ("doc_no", "reporter_phone")]
    form.browser.submit(
        "intake.new",
        {
            **VALID["intake.new"],
            "event_commune": PHO_HIEN,
            "reporter_consents": "y",
            **dict.fromkeys(texts, typed),
        },
        form="#intake",
    )
    report = session.scalars(select(Report).order_by(Report.typed_at.desc()).limit(1)).one()
    kept = {report.child_condition, report.event_place, report.family_context}
    assert kept == {normalize("NFC", typed)}
    case = session.scalars(select(Case).where(Case.report_id == report.id)).one()
    for endpoint in ("cases.show", "cases.timeline", "intake.correct"):
        page = form.browser.get(endpoint, case_id=case.id)  # checks that no script came in
        assert not page.select("img"), endpoint
    shown = form.browser.get("cases.show", case_id=case.id)
    assert " ".join(normalize("NFC", typed).split()) in " ".join(shown.text.split())


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    typed=st.text(st.characters(), max_size=60), at=st.text(max_size=20), age=st.text(max_size=8)
)
def test_any_text_is_kept_composed_or_refused(
    app: Flask, session: Session, no_csrf: None, typed: str, at: str, age: str
) -> None:
    """Random texts of the whole of Unicode, in a line, a text, a date, a number and a code."""
    form = _open_once(app, session)
    answer = form.send(
        {
            "child_name": typed.encode("utf-8", "surrogatepass"),
            "child_condition": typed.encode("utf-8", "surrogatepass"),
            "received_at": [at.encode("utf-8", "replace"), "08:00"],
            "est_age": age.encode("utf-8", "replace"),
            "confirm_new": "y",
        }
    )
    assert answer.status_code in (303, 422)
    if answer.status_code == 303:
        session.expire_all()
        report = session.get_one(Report, UUID(answer.location.rsplit("/", 1)[1]))
        assert report.child_condition == (normalize("NFC", report.child_condition or "") or None)


_forms: list[tuple[Session, Form]] = []


def _open_once(app: Flask, session: Session) -> Form:
    """The same page for all examples of one test."""
    if not _forms or _forms[0][0] is not session:
        _forms[:] = [(session, open_form(app, session, "intake.new"))]
    return _forms[0][1]
