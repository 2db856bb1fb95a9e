"""PostgreSQL killed under load: what was acknowledged is there, and the pool heals by itself."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.audit.verify import verify
from app.core import embedded, migrate
from tests.backup.writers import Writers, lost
from tests.evidence import Evidence
from tests.test_serve import kill_database

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(900)]
RECOVERY = 5.0  # seconds after the server is there again
KILLED = (
    "{lost} of {written:,} acknowledged writes lost in {kills} kills,"
    " every writer goes on after at most {most_seconds:.2f} s"
)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("killed")
    migrate.upgrade(embedded.start(folder).owner)
    yield folder
    embedded.revive(folder)
    embedded.leave(folder)


def kill_often(instance: Path, kills: int) -> tuple[list[float], int]:
    """Seconds from each restart until every writer was acknowledged something again; how much was
    acknowledged in all."""
    urls, dice, took = embedded.start(instance), random.Random(11), []
    with Writers(urls.app) as writers:
        for _ in range(kills):
            writers.wait_for_all_after(time.monotonic())
            time.sleep(dice.uniform(0, 0.2))  # in the middle of whatever it does
            kill_database(instance)
            while not embedded.revive(instance):
                time.sleep(0.01)  # the kernel is not done with it
            back = time.monotonic()
            took.append(writers.wait_for_all_after(back) - back)
    assert lost(writers, urls.superuser) == set()
    assert len(writers.written) > 20 * kills
    assert writers.failed >= kills  # each kill was felt
    return took, len(writers.written)


@pytest.mark.wide
def test_a_few_kills(instance: Path, evidence: Evidence) -> None:
    took, written = kill_often(instance, 5)
    assert max(took) < RECOVERY
    evidence("server-kills", KILLED, lost=0, written=written, kills=5, most_seconds=max(took))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_hundred_and_fifty_kills(instance: Path, evidence: Evidence) -> None:
    took, written = kill_often(instance, 150)
    assert max(took) < RECOVERY
    evidence("server-kills", KILLED, lost=0, written=written, kills=150, most_seconds=max(took))


@pytest.mark.wide
def test_the_log_is_whole_after_the_kills(instance: Path) -> None:
    engine = create_engine(embedded.start(instance).superuser)
    with Session(engine) as session:
        result = verify(session)
    engine.dispose()
    assert result.is_intact, result.problem
    assert result.events > 0


@pytest.mark.wide
def test_lost_writes_would_be_noticed(instance: Path) -> None:
    """The check finds a write that was acknowledged and is gone."""
    urls = embedded.start(instance)
    with Writers(urls.app, 1) as writers:
        writers.wait_for_all_after(time.monotonic())
    engine = create_engine(urls.superuser)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(
            "DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)"
        )
    engine.dispose()
    assert len(lost(writers, urls.superuser)) == 1
