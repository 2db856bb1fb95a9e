"""A small application of the web base alone: no user, no database."""

import pytest
from flask import Flask, abort, flash, render_template_string
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from psycopg import OperationalError as DriverError
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from wtforms import FormField, IntegerField, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app import web
from app.core.errors import DomainError, InvalidInput, StaleEdit
from app.web.fields import (
    CheckboxesField,
    ChoiceRadioField,
    ChoiceSelectField,
    GroupList,
    PartialDateField,
    VnDateField,
    VnDateTimeField,
)
from app.web.forms import BaseForm, SubForm
from app.web.responses import add_error, leave, redirect_to, render_form

ROOT = web.static.ROOT.parent
LEVELS = [("high", "Cao"), ("medium", "Trung bình"), ("low", "Thấp")]

FORM_PAGE = """
{% extends "layouts/page.html" %}
{% from "components/form.html" import post_form, error_summary, field, group_list, submit %}
{% from "components/conflict.html" import conflict_block %}
{% block title %}Thử{% endblock %}
{% block main %}<h1>Thử</h1>{{ conflict_block(conflict) }}
{% call post_form("/form", "f", draft_key="intake", version=conflict.version if conflict else 1) %}
{{ error_summary(form) }}
{{ field(form.title) }}{{ field(form.story, "Ghi điều đã thấy.") }}{{ field(form.day) }}
{{ field(form.moment) }}{{ field(form.born) }}{{ field(form.level, segmented=true) }}
{{ field(form.channel) }}{{ field(form.kinds) }}{{ field(form.age) }}
{% call(entry) group_list(form.children, "Trẻ em", "Thêm trẻ") %}
{{ field(entry.form.name) }}{% endcall %}
{{ submit("Gửi", "/") }}{% endcall %}{% endblock %}
"""


class ChildForm(SubForm):
    name = StringField("Họ và tên")


class TryForm(BaseForm):
    title = StringField("Tiêu đề", [InputRequired()])
    story = TextAreaField("Chuyện xảy ra")
    short = StringField("Ngắn", [Length(max=5)])
    secret = PasswordField("Mật khẩu")
    age = IntegerField("Tuổi", [Optional()])
    day = VnDateField("Ngày")
    moment = VnDateTimeField("Lúc")
    born = PartialDateField("Ngày sinh")
    level = ChoiceRadioField("Mức", choices=LEVELS)
    channel = ChoiceSelectField("Nguồn", choices=LEVELS)
    kinds = CheckboxesField("Hình thức", choices=LEVELS)
    children = GroupList(FormField(ChildForm), "Trẻ em")


class AlreadyDone(DomainError):
    message = "Việc này đã được làm trước đó."


RAISED = {
    "domain": AlreadyDone,
    "stale": lambda: StaleEdit([], 2),
    "driver": DriverError,
    "database": lambda: OperationalError("SELECT 1", {}, DriverError("down")),
    "collision": lambda: OperationalError("UPDATE x", {}, DeadlockDetected("detail")),
    "vanished": lambda: StaleDataError("UPDATE matched 0 rows"),
    "bug": lambda: ZeroDivisionError("secret detail"),
}


@pytest.fixture(scope="session")
def app() -> Flask:
    return small_app()


def small_app() -> Flask:
    flask = Flask(
        "small",
        root_path=str(ROOT),
        static_folder=None,
    )
    flask.config.update(
        SECRET_KEY="t" * 32,
        MAX_CONTENT_LENGTH=200_000,
        MAX_FORM_MEMORY_SIZE=200_000,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
    )
    flask.jinja_loader = ChoiceLoader(
        [DictLoader({"form.html": FORM_PAGE}), FileSystemLoader(ROOT / "templates")]
    )
    web.init_app(flask)
    _add_views(flask)
    return flask


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _add_views(flask: Flask) -> None:
    flask.add_url_rule(
        "/",
        "home",
        lambda: render_template_string(
            '{% extends "layouts/page.html" %}{% block title %}Nhà{% endblock %}'
            '{% block main %}<h1>Nhà</h1><p>{{ "Hôm nay. " * 200 }}</p>{% endblock %}'
        ),
    )
    flask.add_url_rule("/form", "form", show_form, methods=["GET", "POST"])
    flask.add_url_rule(
        "/abort/<int:code>", "abort", lambda code: abort(code), methods=["GET", "POST"]
    )
    flask.add_url_rule("/raise/<kind>", "raise", throw)
    flask.add_url_rule("/away", "away", leave)
    flask.add_url_rule("/csp", "csp", lambda: ("x", {"Content-Security-Policy": "sandbox"}))


def show_form() -> ResponseReturnValue:
    form = TryForm()
    if not form.children.grown() and form.validate_on_submit():
        if form.title.data == "stale":
            stale = StaleEdit([("Tiêu đề", "Bản khác", "Lan, 14:02")], 7)
            return render_page(form, stale)
        if form.title.data == "refused":
            add_error(form, InvalidInput("day", "Ngày này sau ngày tiếp nhận."))
            return render_page(form)
        flash("Đã lưu.", "success")
        return redirect_to("home")
    return render_page(form)


def render_page(form: BaseForm, conflict: StaleEdit | None = None) -> ResponseReturnValue:
    return render_form("form.html", "form.html", form, conflict)


def throw(kind: str) -> ResponseReturnValue:
    raise RAISED[kind]()
