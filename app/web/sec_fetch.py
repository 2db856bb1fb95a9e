"""A second wall beside the CSRF token: a form sent from another site is refused."""

from flask import Flask, abort, request

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({"same-origin", "none"})


def refuse_other_sites() -> None:
    """Browsers state where a request comes from; those that do not are left to the token."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method not in _SAFE and site not in _OURS:
        abort(403)


def init_app(app: Flask) -> None:
    app.before_request(refuse_other_sites)
