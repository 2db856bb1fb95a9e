"""Accounts by the command line."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, User
from tests.auth.test_accounts import NEW_PASSWORD
from tests.auth.test_sign_in import sign_in
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory


@pytest.fixture
def cli(app: Flask, session: Session) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def doh(session: Session) -> Unit:
    unit: Unit = UnitFactory(doh=True, name="Sở Y tế tỉnh", short_name="Sở Y tế")
    return unit


def link_in(output: str) -> str:
    found = re.search(r"http://localhost(/auth/invitation/\S+)", output)
    assert found is not None, output
    return found[1]


def add(cli: FlaskCliRunner, *more: str, username: str = "Quan.Tri") -> str:
    arguments = ["users", "add", username, "--name", "Trần Quản Trị", "--unit", "Sở Y tế", *more]
    return cli.invoke(args=arguments).output


def test_the_first_administrator_comes_by_the_command_line(
    cli: FlaskCliRunner, doh: Unit, browser: Browser
) -> None:
    page = browser.open(link_in(add(cli, "--role", "administrator")))
    browser.submit_page(page, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
    sign_in(browser, "quan.tri", NEW_PASSWORD)
    browser.get("admin.users")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--role", "god"], "god"),
        (["--role", "cp_worker"], "vai trò"),
        (["--role", "administrator", "--unit", "Không có"], "No unit"),
    ],
)
def test_what_does_not_fit_is_refused(
    cli: FlaskCliRunner, doh: Unit, session: Session, more: list[str], says: str
) -> None:
    assert says in add(cli, *more)
    assert session.scalars(select(User)).all() == []


def test_a_taken_name_is_refused(cli: FlaskCliRunner, doh: Unit, session: Session) -> None:
    add(cli, "--role", "administrator")
    assert "đã có" in add(cli, "--role", "supervisor")
    assert session.scalars(select(User.role)).all() == [Role.ADMINISTRATOR]


def test_disable_ends_the_session(cli: FlaskCliRunner, doh: Unit, browser: Browser) -> None:
    user = UserFactory(username="an", unit=doh, role=Role.SUPERVISOR)
    browser.sign_in(user)
    result = cli.invoke(args=["users", "disable", "an"])
    assert result.exit_code == 0, result.output
    browser.get("auth.profile", expect=302)


def test_the_last_administrator_is_not_disabled(cli: FlaskCliRunner, doh: Unit) -> None:
    UserFactory(username="an", unit=doh, role=Role.ADMINISTRATOR)
    result = cli.invoke(args=["users", "disable", "an"])
    assert result.exit_code == 1
    assert "cuối cùng" in result.output


def test_reset_prints_a_link_and_removes_the_factor(
    cli: FlaskCliRunner, doh: Unit, session: Session, browser: Browser
) -> None:
    user = UserFactory(username="an", unit=doh, role=Role.SUPERVISOR, totp_secret="A" * 32)
    result = cli.invoke(args=["users", "reset", "an", "--factor"])
    browser.open(link_in(result.output))
    session.refresh(user)
    assert (user.totp_secret_sealed, user.password_hash) == (None, None)


def test_the_list_names_accounts_and_states(cli: FlaskCliRunner, doh: Unit) -> None:
    UserFactory(username="an", unit=doh, role=Role.SUPERVISOR, is_active=False)
    result = cli.invoke(args=["users", "list"])
    assert result.output.splitlines() == ["an\tsupervisor\tSở Y tế\tdisabled"]


def test_an_unknown_user_is_named(cli: FlaskCliRunner, session: Session) -> None:
    result = cli.invoke(args=["users", "reset", "nobody"])
    assert result.exit_code == 1
    assert "nobody" in result.output
