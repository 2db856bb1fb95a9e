"""Two people, one record: the second is told before anything is written."""

import uuid
from typing import Any, Protocol

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session


class Versioned(Protocol):
    """A mapped row that counts its changes."""

    id: uuid.UUID
    version: int


def is_current(session: Session, row: Versioned, version: int | None) -> bool:
    """Lock the row until the commit, read it anew, and say whether it is still `version`."""
    table: Any = type(row)
    session.execute(select(table.id).where(table.id == row.id).with_for_update(key_share=True))
    session.refresh(row, [column.key for column in inspect(table).column_attrs])
    return row.version == version
