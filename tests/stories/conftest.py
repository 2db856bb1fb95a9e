"""The server of a file of stories, and visitors with browsers of their own."""

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from app.core import embedded
from tests.conftest import TEMPLATE
from tests.stories.place import Place, load_province, open_place
from tests.stories.visitor import DESK, Visitor

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def province(
    request: pytest.FixtureRequest,
    server: embedded.DatabaseUrls,
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> str:
    """The database with the small province that places begin with; the first worker that needs it
    loads it. Reports and releases, which take three times as long as all else, are not in that of a
    file that says IS_REPORTING = False."""
    is_reporting = getattr(request.module, "IS_REPORTING", True)
    shared = shared_folder(tmp_path_factory, worker_id)
    name = "province" if is_reporting else "province_without_reports"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / f"{name}.done").exists():
            urls = embedded.create_database(server, name, TEMPLATE)
            folder, keys = tmp_path_factory.mktemp(name), keyset(tmp_path_factory, worker_id)
            load_province(urls, folder, keys, reporting=3 if is_reporting else 0)
            (shared / f"{name}.done").touch()
    return name


@pytest.fixture(scope="module")
def place(
    request: pytest.FixtureRequest,
    server: embedded.DatabaseUrls,
    province: str,
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Iterator[Place]:
    """One for each file: what one story leaves behind crowds the lists of another."""
    name = f"{request.module.__name__.rpartition('.')[2]}_{worker_id}"
    urls = embedded.create_database(server, name, province)
    folder, keys = tmp_path_factory.mktemp("stories"), keyset(tmp_path_factory, worker_id)
    with open_place(urls, folder, keys) as place:
        yield place
    embedded.drop_database(server, name)


def keyset(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    return shared_folder(tmp_path_factory, worker_id) / "keyset.json"


def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Of all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture
def visit(place: Place, chromium: Browser) -> Iterator[Visit]:
    """`visit(width=390, java_script_enabled=False)`: a fresh browser profile. At the end of the
    test no page may have done what no page may do."""
    visitors: list[Visitor] = []

    def open_browser(width: int = DESK, **options: Any) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, locale="vi-VN", **options
        )
        context.set_default_timeout(15_000)
        visitors.append(Visitor(context, place.url))
        return visitors[-1]

    yield open_browser
    for visitor in visitors:
        visitor.context.close()
    assert [visitor.complaints for visitor in visitors] == [[] for _ in visitors]
