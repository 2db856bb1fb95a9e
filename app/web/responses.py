"""How views answer; all of it knows htmx."""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import InvalidInput, StaleEdit
from app.web.forms import BaseForm

NEUTRAL_PAGE = "https://baomoi.com/"
_HOST = "http://host.invalid"


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def redirect_to(endpoint: str, **values: Any) -> ResponseReturnValue:
    """Go to one of our pages after a POST (303), or by htmx as a whole page."""
    return redirect_to_url(url_for(endpoint, **values))


def redirect_to_url(url: str) -> ResponseReturnValue:
    """As `redirect_to`, for an address that is known to be ours (from `safe_next`)."""
    if is_htmx():
        return "", 200, {"HX-Redirect": url}
    return redirect(url, code=303)


def render_form(
    page: str, partial: str, form: BaseForm, conflict: StaleEdit | None = None, **context: object
) -> ResponseReturnValue:
    """The whole page, or its form only for htmx.

    422 when the form has errors, 409 when another person saved first (`conflict`, for the macro
    `conflict_block`): both roll the transaction back and keep what was typed.
    """
    template = partial if is_htmx() else page
    status = 409 if conflict else 422 if form.errors else 200
    body = render_template(template, form=form, conflict=conflict, **context)
    response = make_response(body, status)
    response.vary.add("HX-Request")
    return response


def add_error(form: BaseForm, error: InvalidInput) -> None:
    """Show what a service refused at the fields it names, or on top of the form."""
    for one in (error, *error.more):
        field = form._fields.get(one.field)
        if field is None:
            form.form_errors.append(one.text)
        else:
            field.errors = [*field.errors, str(one.text)]


def safe_next(url: str | None, default: str = "/") -> str:
    """`url` if it leads to one of our own pages, else `default`; hostile values are expected."""
    if not url or not url.startswith("/") or url.startswith(("//", "/\\")):
        return default
    if any(ord(char) <= 0x20 or char in "\\\x7f" for char in url):
        return default
    parts = urlsplit(_HOST + url)
    if f"{parts.scheme}://{parts.netloc}" != _HOST or parts.fragment:
        return default
    return url


def leave() -> Response:
    """A blank page that goes on to a neutral site: where the quick exit leads without JavaScript.

    A redirect of the form itself to another site is forbidden by `form-action 'self'`.
    """
    response = make_response('<!doctype html><html lang="vi"><title>...</title></html>')
    response.headers["Refresh"] = f"0; url={NEUTRAL_PAGE}"
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
