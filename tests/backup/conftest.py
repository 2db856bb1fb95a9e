"""One installation and one backup of it for all tests here; others are copies."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app.core import crypto, embedded
from config import Settings
from tests.backup.house import House, fill, make_backup, make_house


@pytest.fixture(scope="session")
def house(
    server: embedded.DatabaseUrls, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Read by all tests; who changes it makes a `copy`."""
    name = f"house_{uuid4().hex[:8]}"
    found = make_house(server, name, tmp_path_factory.mktemp("house"), settings.keyset_file)
    fill(found)
    found.close()
    yield found
    found.close()
    embedded.drop_database(server, name)


@pytest.fixture(scope="session")
def backup(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backups") / "good.backup"
    make_backup(house, path)
    house.close()
    return path


@pytest.fixture
def houses(
    server: embedded.DatabaseUrls, settings: Settings, tmp_path: Path
) -> Iterator[Callable[..., House]]:
    """Makes further houses: with a copy of the database of another one, or an empty one."""
    made: list[House] = []

    def make(source: House | None = None) -> House:
        name, template = f"house_{uuid4().hex[:8]}", "template0"
        if source:
            source.close()  # a database in use cannot be copied
            template = source.name
        found = make_house(server, name, tmp_path / name, settings.keyset_file, template)
        made.append(found)
        return found

    yield make
    for found in made:
        found.close()
        embedded.drop_database(server, found.name)


@pytest.fixture(autouse=True)
def own_keyset(settings: Settings) -> Iterator[None]:
    """A test that takes another keyset puts this one back."""
    yield
    crypto.install(settings.keyset_file)
