"""`flask --app wsgi users add|disable|reset|list`: accounts without the pages."""

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth import accounts
from app.auth.accounts import UserFields
from app.auth.invitations import link_of
from app.auth.models import Invitation, Role, Unit, User
from app.auth.settings import base_url, can_mail
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError, InvalidInput

cli = AppGroup("users", help="Accounts.")


def _refused(error: DomainError) -> click.ClickException:
    text = error.text if isinstance(error, InvalidInput) else error.message
    return click.ClickException(str(text))


def _user(session: Session, username: str) -> User:
    user = session.scalars(select(User).where(User.username == username.lower())).one_or_none()
    if user is None:
        raise click.ClickException(f"No user {username}.")
    return user


def _unit(session: Session, name: str) -> Unit:
    named = select(Unit).where((Unit.name == name) | (Unit.short_name == name))
    units = session.scalars(named.limit(2)).all()
    if len(units) != 1:
        raise click.ClickException(f"{'No' if not units else 'More than one'} unit named {name}.")
    return units[0]


def _tell(invitation: Invitation) -> None:
    click.echo("Link to set the password, valid once and for 24 hours:")
    click.echo(link_of(invitation.id, base_url()))


@cli.command("add")
@click.argument("username")
@click.option("--name", required=True, help="Full name.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--unit", required=True, help="Name or short name of the unit.")
@click.option("--email", help="Where the link is mailed, if mail is set up.")
def add_command(username: str, name: str, role: str, unit: str, email: str | None) -> None:
    """Create an account and print the link by which its password is set."""
    now = clock.now()
    with current_app.test_request_context(), db.sessionmaker.begin() as session:
        values = UserFields(name, Role(role), _unit(session, unit).id, email)
        try:
            user = accounts.create_user(session, None, username.lower(), values, now=now)
            invitation = accounts.invite_user(session, None, user, by_mail=can_mail(), now=now)
        except DomainError as error:
            raise _refused(error) from None
        _tell(invitation)


@cli.command("disable")
@click.argument("username")
def disable_command(username: str) -> None:
    """Close an account and end its sessions at once."""
    with current_app.test_request_context(), db.sessionmaker.begin() as session:
        try:
            accounts.disable_user(session, None, _user(session, username), now=clock.now())
        except DomainError as error:
            raise _refused(error) from None
    click.echo(f"{username} is disabled.")


@cli.command("reset")
@click.argument("username")
@click.option("--factor", is_flag=True, help="Also remove the second factor (a lost phone).")
def reset_command(username: str, factor: bool) -> None:
    """End the password and all sessions; print a link to set a new password."""
    now = clock.now()
    with current_app.test_request_context(), db.sessionmaker.begin() as session:
        user = _user(session, username)
        try:
            if factor:
                accounts.remove_factor(session, None, user, now=now)
            invitation = accounts.reset_user(session, None, user, by_mail=can_mail(), now=now)
        except DomainError as error:
            raise _refused(error) from None
        _tell(invitation)


@cli.command("list")
def list_command() -> None:
    """Print username, role, unit and state of every account."""
    rows = (
        select(User.username, User.role, Unit.short_name, User.is_active)
        .join(Unit, Unit.id == User.unit_id)
        .order_by(User.username)
    )
    with db.sessionmaker() as session:
        for row in session.execute(rows):
            state = "active" if row.is_active else "disabled"
            click.echo(f"{row.username}\t{row.role}\t{row.short_name}\t{state}")
