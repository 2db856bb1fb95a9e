"""Texts come from the catalogue of the request's language, also when another one is forced."""

from flask import Flask, render_template_string, session
from flask_babel import force_locale, gettext

from app.web.extensions import page_text


def test_templates_and_code_speak_the_chosen_language(app: Flask) -> None:
    with app.test_request_context():
        session["locale"] = "vi"
        assert gettext("This field is required.") != "This field is required."
        assert str(page_text("This field is required.")) == gettext("This field is required.")


def test_a_forced_language_holds_inside_its_block_only(app: Flask) -> None:
    with app.test_request_context():
        session["locale"] = "en"
        assert gettext("This field is required.") == "This field is required."
        with force_locale("vi"):
            assert gettext("This field is required.") != "This field is required."
        assert gettext("This field is required.") == "This field is required."


def test_values_are_escaped_and_a_percent_sign_is_written_twice(app: Flask) -> None:
    with app.test_request_context():
        page = render_template_string("{{ _('Hạn %(when)s, 50%%', when=x) }}", x="<b>")
        assert page == "Hạn &lt;b&gt;, 50%"


def test_outside_a_request_the_text_is_vietnamese(app: Flask) -> None:
    with app.app_context():
        assert gettext("This field is required.") != "This field is required."
    assert gettext("Xin chào") == "Xin chào"
