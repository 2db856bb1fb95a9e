"""The catalogues: placeholders kept, in each language its own; an English page is English. That
they are complete is a check of scripts/lint.sh."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.auth.models import User
from scripts import messages
from tests.browser import Browser
from tests.cases.story import make_story

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
# letters that Vietnamese has and English has not
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
# names of people, places and papers stay as they are in every language
NAMES = re.compile(
    r"\d+/\d{4}/NĐ-CP|12/QĐ-UBND|12/TB-CSĐT|Tiếng Việt|(phường )?Phố Hiến|Dr Hải"
    r"|Nam (and|or) Nữ|Hộ nghèo, Hộ cận nghèo, Không"  # as a workbook has them
)


def texts(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def pairs(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Every text with its translation; a plural's forms beside the plural id."""
    for message in catalog:
        if message.id:
            ids, found = texts(message.id), texts(message.string)
            yield from ((ids[-1] if len(found) > 1 else ids[0], text) for text in found[-1:])


@pytest.mark.parametrize("locale", messages.LOCALES)
def test_every_placeholder_of_a_text_is_in_its_translation(locale: str) -> None:
    differ = [
        text
        for text, translated in pairs(messages.read(locale))
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(translated))
    ]
    assert differ == []


def test_no_english_text_is_vietnamese() -> None:
    kept = [
        text for _, text in pairs(messages.read("en")) if VIETNAMESE.search(NAMES.sub("", text))
    ]
    assert kept == []


@pytest.fixture(scope="module")
def vietnamese() -> frozenset[str]:
    """The whole texts of the catalogue that are not the same in English."""
    return frozenset(text for text, english in pairs(messages.read("en")) if text != english)


def left_over(page: BeautifulSoup, vietnamese: frozenset[str]) -> list[str]:
    """What a reader sees or hears of the page and that is a text of the catalogue."""
    for tag in page.select("script, style, body [lang=vi]"):
        tag.decompose()
    names = ("title", "aria-label", "placeholder", "data-label", "value")
    spoken = [str(tag[name]) for name in names for tag in page.select(f"[{name}]")]
    return [text for text in (*page.stripped_strings, *spoken) if text in vietnamese]


def read_in_english(browser: Browser, user: User | None) -> None:
    if user is not None:
        browser.sign_in(user)
    browser.submit_page(
        browser.open("/auth/sign-in" if user is None else "/help"),
        {"locale": "en"},
        form="footer form",
    )


def test_the_sign_in_page_is_english(browser: Browser, vietnamese: frozenset[str]) -> None:
    read_in_english(browser, None)
    page = browser.get("auth.sign_in")
    assert page.html is not None and page.html["lang"] == "en"
    assert left_over(page, vietnamese) == []


@pytest.mark.parametrize("endpoint", ["home.index", "help.index", "intake.new", "cases.index"])
def test_pages_of_a_worker_are_english(
    browser: Browser, session: Session, vietnamese: frozenset[str], endpoint: str
) -> None:
    read_in_english(browser, make_story(session).worker)
    page = browser.get(endpoint)
    assert page.html is not None and page.html["lang"] == "en"
    assert left_over(page, vietnamese) == []


def test_the_case_page_is_english(
    browser: Browser, session: Session, vietnamese: frozenset[str]
) -> None:
    story = make_story(session)
    read_in_english(browser, story.worker)
    assert left_over(browser.get("cases.show", case_id=story.case.id), vietnamese) == []
    assert left_over(browser.get("cases.timeline", case_id=story.case.id), vietnamese) == []


def test_a_vietnamese_page_would_be_noticed(
    browser: Browser, app: Flask, vietnamese: frozenset[str]
) -> None:
    """The positive control of `left_over`."""
    assert "Đăng nhập" in left_over(browser.get("auth.sign_in"), vietnamese)
