"""Writers through the application's engine, who remember what was acknowledged to them."""

import time
import uuid
from dataclasses import dataclass, field
from threading import Event, Thread
from types import TracebackType
from typing import Self

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.audit.actions import AuditAction
from app.audit.services import record
from app.core import clock
from app.core.db import engine_options

PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Writer:
    """Who acts; a chain of the log is this writer's alone."""

    id: uuid.UUID = field(default_factory=uuid.uuid4)
    session_id: uuid.UUID | None = None
    request_id: str | None = None


class Writers:
    """`acknowledged`: (when the commit returned, what was written) of each; `failed` counts."""

    def __init__(self, url: str, count: int = 4) -> None:
        options = engine_options(url)
        self.engine = create_engine(options.pop("url"), **options)
        self._make: sessionmaker[Session] = sessionmaker(self.engine)
        self._over = Event()
        self.acknowledged: list[list[tuple[float, uuid.UUID]]] = [[] for _ in range(count)]
        self.failed = 0
        self._threads = [Thread(target=self._write, args=(own,)) for own in self.acknowledged]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._over.set()
        for thread in self._threads:
            thread.join()
        self.engine.dispose()

    def _write(self, own: list[tuple[float, uuid.UUID]]) -> None:
        who = Writer()
        while not self._over.is_set():
            what = uuid.uuid4()
            try:
                with self._make.begin() as session:
                    record(session, who, AuditAction.SIGNED_OUT, at=clock.now(), subject_id=what)
            except SQLAlchemyError:
                self.failed += 1
                self._over.wait(0.02)
            else:
                own.append((time.monotonic(), what))
                self._over.wait(0.002)

    @property
    def written(self) -> set[uuid.UUID]:
        return {what for own in self.acknowledged for _, what in own}

    def wait_for_all_after(self, moment: float) -> float:
        """Until every writer was acknowledged something later than that; when the last was."""
        until = time.monotonic() + PATIENCE
        while True:
            firsts = [next((at for at, _ in list(own[-500:]) if at > moment), None)
                      for own in self.acknowledged]  # fmt: skip
            if None not in firsts:
                return max(at for at in firsts if at is not None)
            assert time.monotonic() < until, "the writers do not go on"
            time.sleep(0.01)


def lost(writers: Writers, url: str) -> set[uuid.UUID]:
    """What was acknowledged and is not there."""
    engine = create_engine(url)
    with engine.connect() as connection:
        kept = set(connection.scalars(text("SELECT subject_id FROM audit_events")))
    engine.dispose()
    return writers.written - kept
