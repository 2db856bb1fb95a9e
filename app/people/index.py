"""The name index of this process: the names of all children, read once and then kept up to date.

Names are sealed in the database, so no SQL can look for a part of one. Each process decrypts all of
them at the first search (100,000 in about two seconds) and asks before each further search what has
changed since: a trigger stamps every written child with its transaction (`changed_xid`). Rows whose
transaction was not yet finished at the last look are read again, so that no commit is missed.
"""

import logging
import threading
import uuid
import weakref
from typing import Any, NamedTuple

import tink
from cryptography.exceptions import InvalidTag
from sqlalchemy import (
    BigInteger,
    Engine,
    Row,
    ScalarSelect,
    Select,
    Text,
    cast,
    func,
    null,
    select,
    text,
)
from sqlalchemy.orm import Session

from app.core.crypto import associated_data, keyring, unseal
from app.core.row_scope import across
from app.core.sealed import DataKey
from app.people.models import Child
from app.people.name_store import Alike, Hit, NameStore, Query

_log = logging.getLogger(__name__)
_BATCH = 2_000
_FEW = 500  # asked for first: a small limit makes the planner take the index
_WASTE = 5_000  # replaced entries that may pile up before the store is copied

_OLDEST_OPEN = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
_OWN = cast(cast(func.pg_current_xact_id_if_assigned(), Text), BigInteger)
# what this transaction itself wrote may still be undone; a later look reads it
_NEWEST = func.vt_newest_child(_OWN)  # of all children, also of those the reader must not see
_BY_OTHERS = Child.changed_xid.is_distinct_from(_OWN)


class News(NamedTuple):
    """What one statement tells: is the index behind, and whom may the reader see?"""

    oldest_open: int
    has_changed: bool
    visible: bytes | None  # the ids of the visible children, 16 bytes each; None: not asked


class NameIndex:
    """The names of one database. Any number of threads search while one brings it up to date."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._store = NameStore()
        self._seen = 0  # the oldest transaction that was open at the last look

    def __len__(self) -> int:
        return len(self._store)

    def refresh(self, session: Session, visible: Select[uuid.UUID] | None = None) -> bytes | None:
        """Catch up with the database; returns the ids that `visible` selects, in one text of bytes.

        One statement when nothing has changed, more otherwise.
        """
        news = self._ask(session, visible)
        if news.has_changed:
            with self._lock, across(session):  # every name is read, whoever searches first
                self._read(session)
                self._seen = max(self._seen, news.oldest_open)
        return news.visible

    def find(self, words: str, visible: bytes | None, limit: int) -> list[Hit]:
        """The best hits among the visible children (None: all of them), best first."""
        store = self._store
        allowed = None if visible is None else store.places_of(visible)
        return store.find(Query.of(words), allowed, limit)

    def similar(self, full_name: str, limit: int) -> list[Alike]:
        """Children whose whole name is the same or spelled alike, in and out of anyone's scope."""
        return self._store.similar(full_name, limit)

    def reset(self) -> None:
        """Forget everything; the next search reads all names again."""
        with self._lock:
            self._store, self._seen = NameStore(), 0

    def _ask(self, session: Session, visible: Select[uuid.UUID] | None) -> News:
        statement = select(
            _OLDEST_OPEN.label("oldest_open"),
            _NEWEST.label("newest"),
            _joined(visible).label("visible"),
        )
        row = session.execute(statement).one()
        ids = None if visible is None else bytes(row.visible or b"")
        return News(row.oldest_open, row.newest is not None and row.newest >= self._seen, ids)

    def _read(self, session: Session) -> None:
        """Take over every child written since the last look. The caller holds the lock."""
        few = None if self._seen == 0 else _FEW
        if self._take_all(session, few) == few:
            self._take_all(session, None)
        if self._store.waste > _WASTE:
            self._store = self._store.compacted()

    def _take_all(self, session: Session, limit: int | None) -> int:
        """How many children were written since the last look, at most `limit`."""
        rows = session.execute(
            select(
                Child.id,
                Child.full_name_sealed,
                Child.aliases_sealed,
                DataKey.id.label("key_id"),
                DataKey.wrapped,
            )
            .join(DataKey, DataKey.id == Child.key_id)
            .where(Child.changed_xid >= self._seen, _BY_OTHERS)
            .order_by(Child.changed_xid)
            .limit(limit)
            .execution_options(yield_per=_BATCH)
        )
        count = 0
        for row in rows:
            self._take(row)
            count += 1
        return count

    def _take(self, row: Row[*tuple[Any, ...]]) -> None:
        if row.wrapped is None:  # erased
            return self._store.remove(row.id)
        try:
            # not the cached cipher: one of each child would be 200 MB
            cipher = keyring().fresh_cipher(row.key_id, row.wrapped)
            name, aliases = (
                blob and unseal(cipher, associated_data("children", column, row.id), blob)
                for column, blob in (
                    ("full_name", row.full_name_sealed),
                    ("aliases", row.aliases_sealed),
                )
            )
        except (InvalidTag, tink.TinkError):
            _log.error("people.unreadable_name")
            return self._store.remove(row.id)
        return self._store.put(row.id, name, aliases)


def _joined(ids: Select[uuid.UUID] | None) -> ScalarSelect[bytes | None]:
    if ids is None:
        return select(null()).scalar_subquery()
    column = ids.subquery().c[0]
    return select(func.string_agg(func.uuid_send(column), text("''::bytea"))).scalar_subquery()


_indexes: weakref.WeakKeyDictionary[Engine, NameIndex] = weakref.WeakKeyDictionary()


def index_of(session: Session) -> NameIndex:
    """The index of the database that `session` speaks to."""
    engine = session.get_bind()
    if not isinstance(engine, Engine):
        engine = engine.engine
    return _indexes.setdefault(engine, NameIndex())
