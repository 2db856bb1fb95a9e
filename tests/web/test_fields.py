import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired

from app.web.fields import CheckboxesField, ChoiceRadioField, ChoiceSelectField
from app.web.forms import BaseForm
from tests.web.conftest import LEVELS
from tests.web.pages import post, read


class Choices(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    level = ChoiceRadioField("Mức", choices=LEVELS)
    channel = ChoiceSelectField("Nguồn")
    needed = ChoiceRadioField("Cần", [InputRequired()], choices=LEVELS)
    kinds = CheckboxesField("Hình thức", choices=LEVELS)


def filled(app: Flask, *typed: tuple[str, str]) -> Choices:
    with app.test_request_context(method="POST"):
        form = Choices(MultiDict(typed))
        form.channel.offer([("phone", "Điện thoại")])
        form.validate()
        return form


def test_nothing_chosen_is_none(app: Flask) -> None:
    form = filled(app, ("channel", ""), ("needed", "low"))
    assert (form.errors, form.level.data, form.channel.data) == ({}, None, None)
    assert form.kinds.data == []


def test_a_code_that_is_offered_is_taken(app: Flask) -> None:
    form = filled(app, ("channel", "phone"), ("needed", "low"), ("kinds", "low"), ("kinds", "high"))
    assert (form.errors, form.channel.data, form.kinds.data) == ({}, "phone", ["low", "high"])


@pytest.mark.parametrize("name", ["level", "channel", "kinds"])
@pytest.mark.parametrize("code", ["other", "hi\x00gh", "<b>"])
def test_a_code_that_is_not_offered_is_refused(app: Flask, name: str, code: str) -> None:
    assert name in filled(app, (name, code), ("needed", "low")).errors


def test_a_required_choice_must_be_made(app: Flask) -> None:
    assert list(filled(app).errors) == ["needed"]


def test_one_form_s_choices_do_not_reach_another(app: Flask) -> None:
    filled(app)
    with app.test_request_context():
        assert [choice.value for choice in Choices().channel.choices] == [""]


def test_a_group_is_added_and_removed_without_script(client: FlaskClient) -> None:
    names = {"children-0-name": "Lan"}
    page = post(client, {"title": "x", **names, "add_child": "1"}, expect=200)
    assert [i["value"] for i in page.select(".group > .field input:not(template input)")] == [
        "Lan",
        "",
    ]
    assert page.select(".error") == []
    more = {**names, "children-1-name": "Mai", "remove_child": "0"}
    page = post(client, {"title": "x", **more}, expect=200)
    assert [i["value"] for i in page.select(".group > .field input:not(template input)")] == ["Mai"]


def test_the_last_group_stays_and_groups_have_a_limit(client: FlaskClient) -> None:
    page = post(client, {"children-0-name": "Lan", "remove_child": "0"}, expect=200)
    assert len(page.select(".groups > .group")) == 1
    many = {f"children-{n}-name": "x" for n in range(40)}
    page = post(client, {**many, "add_child": "1"}, expect=200)
    assert len(page.select(".groups > .group")) == 20


@pytest.mark.parametrize("index", ["²", "9" * 5000, "-1", "x", ""])
def test_a_made_up_index_is_ignored(client: FlaskClient, index: str) -> None:
    names = {f"children-{index}-name": "x", "remove_child": index}
    page = post(client, {"title": "x", **names, "add_child": ""}, expect=303)
    assert page.select(".group") == []


def test_the_blank_group_for_the_script_leaves_the_form_alone(client: FlaskClient) -> None:
    page = read(client.get("/form"))
    assert len(page.select(".groups > .group")) == 1
    template = page.select_one(".groups template")
    assert template is not None
    assert 'name="children-__index__-name"' in template.decode()
