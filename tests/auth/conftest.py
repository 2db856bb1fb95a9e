"""Accounts with a password, and the application as it runs outside demo mode."""

from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.auth.models import Role, User
from app.auth.passwords import hash_password
from app.core.db import db
from config import Settings
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory

PASSWORD = "bảy con cá vàng đi chợ huyện"


@pytest.fixture(scope="session")
def password_hash(light_hashes: PasswordHasher) -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def account(session: Session, password_hash: str) -> Callable[..., User]:
    """`account(role=..., username=...)`: a user who signs in with PASSWORD."""

    def make(**values: object) -> User:
        user: User = UserFactory(password_hash=password_hash, **values)
        return user

    return make


@pytest.fixture
def admin(session: Session) -> User:
    user: User = UserFactory(role=Role.ADMINISTRATOR, unit=UnitFactory(doh=True))
    return user


@pytest.fixture
def as_admin(browser: Browser, admin: User) -> Browser:
    return browser.sign_in(admin)


@pytest.fixture(scope="session")
def strict_app(settings: Settings) -> Iterator[Flask]:
    """Outside demo mode: a second factor is asked for, cookies are for https only."""
    app = create_app(settings.model_copy(update={"demo": False}))
    app.config["PREFERRED_URL_SCHEME"] = "https"
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def strict_browser(strict_app: Flask, session: Session) -> Browser:
    return Browser(strict_app, session)
