"""The web base: forms, answers, headers, error pages, filters, static files. It knows no user."""

from flask import Flask
from jinja2 import StrictUndefined

from app.web import (
    compression,
    errors,
    extensions,
    filters,
    form_bodies,
    headers,
    health,
    language,
    loopback,
    page,
    request_log,
    sec_fetch,
    signing,
    static,
    uploads,
)


def init_app(app: Flask) -> None:
    """Register everything; before the packages above, whose context processors override ours."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    for module in (
        request_log,
        headers,
        compression,
        loopback,
        sec_fetch,
        signing,
        uploads,  # before the first that reads the body
        form_bodies,
        extensions,
        errors,
        filters,
        static,
        page,
    ):
        module.init_app(app)
    for blueprint in (health.bp, language.bp):
        app.register_blueprint(blueprint)
