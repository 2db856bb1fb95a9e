"""Passwords that were stolen elsewhere, in a list as one downloads it."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.auth.breached import NoSuchList, is_breached
from app.auth.models import User
from app.auth.passwords import check_rules
from app.core.errors import InvalidInput
from tests.auth.conftest import PASSWORD
from tests.browser import Browser

Account = Callable[..., User]
STOLEN = "lá dâu xanh bờ đê cũ"


def list_of(path: Path, passwords: list[str], others: int = 300) -> Path:
    """These, among others that nobody types; ends of lines as in the download."""
    draw = Random(7)
    hashes = [
        hashlib.sha1(one.encode(), usedforsecurity=False).hexdigest().upper() for one in passwords
    ]
    hashes += [f"{draw.getrandbits(160):040X}" for _ in range(others)]
    path.write_text("".join(f"{one}:{draw.randrange(1, 9**6)}\r\n" for one in sorted(hashes)))
    return path


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return list_of(tmp_path / "hashes.txt", [STOLEN, "một hai ba bốn năm sáu"])


def test_what_stands_there_is_found_and_nothing_else(known: Path) -> None:
    assert is_breached(STOLEN, known)
    assert not is_breached(PASSWORD, known)
    assert not is_breached(STOLEN.upper(), known)


@pytest.mark.wide
@settings(max_examples=60, deadline=None)
@given(st.sets(st.text(max_size=9), max_size=30), st.text(max_size=9), st.integers(0, 3))
def test_it_is_found_wherever_it_stands(
    tmp_path_factory: pytest.TempPathFactory, stolen: set[str], other: str, more: int
) -> None:
    from unicodedata import normalize  # noqa: PLC0415

    spelt = {normalize("NFC", one) for one in stolen}
    path = list_of(tmp_path_factory.mktemp("list") / "x", sorted(spelt), others=more + 1)
    assert all(is_breached(one, path) for one in spelt)
    assert is_breached(other, path) is (normalize("NFC", other) in spelt)


@pytest.mark.parametrize(
    "content", ["", "no hash\n", "F" * 40 + ":1\n" + "A" * 40 + ":2\n", "a" * 40]
)
def test_a_file_of_another_form_is_no_silent_yes(tmp_path: Path, content: str) -> None:
    (tmp_path / "x").write_text(content)
    with pytest.raises(NoSuchList):
        is_breached(PASSWORD, tmp_path / "x")
    with pytest.raises(OSError, match="nowhere"):
        is_breached(PASSWORD, tmp_path / "nowhere")


def test_it_is_refused_with_the_reason(app: Flask, known: Path) -> None:
    check_rules(STOLEN)
    check_rules(PASSWORD, breached=known)
    with pytest.raises(InvalidInput) as refused:
        check_rules(STOLEN, breached=known)
    assert "đã bị lộ" in refused.value.text


@pytest.fixture
def with_the_list(app: Flask, known: Path) -> Iterator[None]:
    before = app.extensions["settings"]
    app.extensions["settings"] = before.model_copy(update={"breached_passwords": known})
    yield
    app.extensions["settings"] = before


@pytest.mark.usefixtures("with_the_list")
def test_nobody_takes_it_as_the_new_password(browser: Browser, account: Account) -> None:
    browser.sign_in(account(username="an"))
    typed = {"old_password": PASSWORD, "password": STOLEN, "again": STOLEN}
    page = browser.submit("auth.password", typed, expect=422)
    assert "đã bị lộ" in page.text
    free = {**typed, "password": f"{STOLEN} nhé", "again": f"{STOLEN} nhé"}
    browser.submit("auth.password", free)
