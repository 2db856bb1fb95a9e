"""A test client that fills in the form it was shown, as a person does."""

from collections import Counter
from collections.abc import Callable
from contextvars import Context
from functools import cache
from typing import Any, Self

from bs4 import BeautifulSoup, Tag
from flask import Flask, url_for
from flask.testing import FlaskClient
from lxml.html import HtmlElement, document_fromstring, tostring
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy
from werkzeug.test import TestResponse

from app.auth.login import cookie_name, open_session
from app.auth.models import User
from app.core import clock
from app.core.db import db

FIRST = object()  # in fields to send: whichever choice its page offers first
FORM = "main form[method=post]:not(.draft-line)"


class Client(FlaskClient):
    """Asks without the test's application context: a request must not find what another left in
    `g`, as who reads."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return Context().run(super().open, *args, **kwargs)


def _client(app: Flask) -> Client:
    return Client(app, app.response_class, use_cookies=True)


class Browser:
    """`get` and `submit` check the status and what every page must have; `page` is the last one
    read."""

    def __init__(self, app: Flask, session: Session) -> None:
        self._app, self._session, self.client = app, session, _client(app)
        self.location: str | None = None
        self.response: TestResponse | None = None

    @property
    def engine(self) -> Engine:
        """The application's, for `counted`."""
        with self._app.app_context():
            return db.engine

    def sign_in(self, user: User) -> Self:
        """A fresh signed-in browser of this user, without going through the sign-in page."""
        self.client = _client(self._app)
        with self._app.test_request_context():
            token, _ = open_session(
                self._session, user_id=user.id, now=clock.now(), has_second_factor=True
            )
            self._session.commit()
            self.client.set_cookie(cookie_name(), token)
        return self

    def get(self, endpoint: str, *, expect: int = 200, **values: object) -> BeautifulSoup:
        return self.open(self._url(endpoint, values), expect=expect)

    def open(self, path: str, *, expect: int = 200) -> BeautifulSoup:
        return self._read(self._alone(self.client.get, path), expect)

    def follow(self, *, expect: int = 200) -> BeautifulSoup:
        """Go where the last answer led."""
        assert self.location is not None, "the last answer led nowhere"
        return self.open(self.location, expect=expect)

    def submit(
        self,
        endpoint: str,
        data: dict[str, object],
        *,
        expect: int = 303,
        form: str = FORM,
        **values: object,
    ) -> BeautifulSoup:
        """Load the page, keep what its form holds (hidden and filled-in fields), and post it."""
        page = self.get(endpoint, **values)
        if form == FORM and self.response is not None:
            page = first_form(self.response.text)  # the rest of it is not read
        return self.submit_page(page, data, form=form, expect=expect)

    def submit_page(
        self,
        page: BeautifulSoup,
        data: dict[str, object],
        *,
        form: str = FORM,
        expect: int = 303,
    ) -> BeautifulSoup:
        """Post a form of a page that was read before: a stale tab, a double click."""
        found = page.select_one(form)
        assert found is not None, "no form on the page"
        sent = {**filled_in(found), **data}
        action = str(found.get("action") or self._last_path)
        return self.post(action, {k: v for k, v in sent.items() if v is not None}, expect=expect)

    def post(self, path: str, data: dict[str, object], *, expect: int = 303) -> BeautifulSoup:
        return self._read(self._alone(self.client.post, path, data=data), expect)

    @staticmethod
    def _alone(send: Callable[..., TestResponse], *args: Any, **kwargs: Any) -> TestResponse:
        """Without the test's application context: a request must not find what another left in
        `g`."""
        return Context().run(send, *args, **kwargs)

    def _url(self, endpoint: str, values: dict[str, object]) -> str:
        with self._app.test_request_context():
            return url_for(endpoint, **values)

    def _read(self, response: TestResponse, expect: int) -> BeautifulSoup:
        assert response.status_code == expect, f"{response.status_code}: {response.text[:3000]}"
        self.response, self.location = response, response.location
        self._last_path = response.request.path
        self._session.expire_all()  # the test's own session must look again
        if response.mimetype == "text/html" and response.text.startswith("<!doctype"):
            check_page(response.text)
        return read(response.text)


def filled_in(form: Tag) -> dict[str, object]:
    """What a browser would send if the user changed nothing."""
    sent: dict[str, object] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(field["name"]), field.get("type", "text")
        if kind in ("submit", "button", "file") or field.has_attr("disabled"):
            continue
        if kind in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        if field.name == "textarea":
            value: object = field.text
        elif field.name == "select":
            chosen = field.select("option[selected]") or field.select("option")[:1]
            value = [str(o.get("value", o.text)) for o in chosen]
        else:
            value = str(field.get("value", "on" if kind == "checkbox" else ""))
        if name in sent:
            held = sent[name]
            sent[name] = [*(held if isinstance(held, list) else [held]), value]
        else:
            sent[name] = value
    return sent


def read(text: str) -> BeautifulSoup:
    """The page, taken apart only when a test looks into it: that takes as long as making it."""
    page: Any = LocalProxy(cache(lambda: BeautifulSoup(text, "lxml")))
    return page


def first_form(text: str) -> BeautifulSoup:
    """A page that holds the first FORM of this one, and nothing else."""
    for form in document_fromstring(text).iterfind(".//main//form[@method='post']"):
        if "draft-line" not in form.get("class", "").split():
            alone = tostring(form, encoding="unicode", with_tail=False)
            return BeautifulSoup(f"<main>{alone}</main>", "lxml")
    return BeautifulSoup("", "lxml")


def check_page(text: str) -> None:
    """What every page must have: a language, a title, one h1, unique ids, labelled fields, no
    inline code."""
    page = document_fromstring(text)
    assert page.get("lang") in ("vi", "en"), "no language"
    assert (page.findtext("head/title") or "").strip(), "no title"
    tags = [tag for tag in page.iter() if isinstance(tag.tag, str)]  # but comments
    assert [tag.tag for tag in tags].count("h1") == 1, "not one h1"
    ids = Counter(tag.attrib["id"] for tag in tags if "id" in tag.attrib)
    assert not ids or ids.most_common(1)[0][1] == 1, f"repeated ids: {ids.most_common(3)}"
    assert not [tag for tag in tags if _is_inline(tag)], "inline style or script"
    labels = {tag.attrib["for"] for tag in tags if tag.tag == "label" and "for" in tag.attrib}
    for field in filter(_is_typed_in, tags):
        labelled = field.get("aria-label") or field.get("aria-labelledby")
        assert labelled or field.get("id") in labels or _is_in_label(field), (
            f"no label: {tostring(field)}"
        )
    for form in (tag for tag in tags if tag.tag == "form" and tag.get("method") == "post"):
        assert form.find(".//input[@name='csrf_token']") is not None, (
            f"no CSRF token: {form.get('action')}"
        )


def _is_in_label(tag: HtmlElement) -> bool:
    return next(tag.iterancestors("label"), None) is not None


def _is_inline(tag: HtmlElement) -> bool:
    is_script = tag.tag == "script" and "src" not in tag.attrib
    return is_script or tag.tag == "style" or "style" in tag.attrib or "onclick" in tag.attrib


def _is_typed_in(tag: HtmlElement) -> bool:
    is_input = tag.tag == "input" and tag.get("type") not in ("hidden", "submit")
    return is_input or tag.tag in ("select", "textarea")
