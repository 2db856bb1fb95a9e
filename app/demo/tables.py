"""Rows gathered in memory and written at once; values sealed exactly as the models seal them."""

import uuid
from collections import defaultdict
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import Cursor, sql
from pydantic import ConfigDict, TypeAdapter
from sqlalchemy import Column, LargeBinary, Table
from sqlalchemy.orm import Session

from app.core.crypto import associated_data, keyring, seal
from app.core.db import Base
from app.core.sealed import DataKey, Sealed

_WRITTEN = TypeAdapter(list[dict[str, Any]], config=ConfigDict(ser_json_bytes="hex"))
_DIGITS = "decode(convert_from({}, 'UTF8'), 'hex')"


class Ids:
    """Version 7 identifiers made from the generator, so that a seed gives the same ones."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def at(self, moment: datetime) -> uuid.UUID:
        value = (int(moment.timestamp() * 1000) << 80) | self._rng.getrandbits(80)
        value = (value & ~(0xF << 76)) | (0x7 << 76)
        return uuid.UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


class Key:
    """A data key and its cipher, before its row is written."""

    def __init__(self, key_id: uuid.UUID) -> None:
        self.id = key_id
        self.wrapped = keyring().new_data_key(key_id)
        self.cipher: AESGCM = keyring().cipher(key_id, self.wrapped)


class Rows:
    """What is to be written, by table."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, model: type[Base], **values: Any) -> None:
        """A row of a table without sealed values."""
        self._rows[model.__tablename__].append(values)

    def add_key(self, key: Key, at: datetime) -> None:
        self.add(DataKey, id=key.id, wrapped=key.wrapped, created_at=at)

    def add_sealed(self, model: type[Base], key: Key, row_id: uuid.UUID, **values: Any) -> None:
        """A row whose sealed attributes are encrypted under `key`."""
        row: dict[str, Any] = {"id": row_id, "key_id": key.id}
        sealed = _sealed(model)
        for name, value in values.items():
            declared = sealed.get(name)
            if declared is None:
                row[name] = value
            elif value:
                place = associated_data(model.__tablename__, name, row_id)
                row[declared.column] = seal(key.cipher, place, value, block=declared.block)
        self._rows[model.__tablename__].append(row)

    def taken(self) -> "Rows":
        """What was gathered, which is forgotten here."""
        taken = Rows()
        taken._rows, self._rows = self._rows, taken._rows
        return taken

    def write(self, session: Session) -> None:
        """Insert everything into the database, parents first, and forget it. Not by COPY, which
        PostgreSQL has not for tables with row-level security."""
        cursor = session.connection().connection.cursor()
        for table in Base.metadata.sorted_tables:
            rows = self._rows.pop(table.name, [])
            if rows:
                _insert(cursor, table, rows)  # type: ignore[arg-type]


def _insert(cursor: "Cursor[Any]", table: Table, rows: list[dict[str, Any]]) -> None:
    """In one statement, which reads the rows from one text."""
    defaults = {
        column.name: column.default.arg  # type: ignore[attr-defined]
        for column in table.columns
        if column.default is not None and column.default.is_scalar
    }
    names = sorted(set(defaults).union(*rows))
    statement = sql.SQL(
        "INSERT INTO {0} ({1}) SELECT {2} FROM"
        " json_populate_recordset(json_populate_record(NULL::{0}, %s::json), %s::json)"
    ).format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(_read(table.columns[name]) for name in names),
    )
    written = [_WRITTEN.dump_json(given).decode() for given in ([defaults], rows)]
    cursor.execute(statement, [written[0][1:-1], written[1]])


def _read(column: Column[Any]) -> sql.Composable:
    """Bytes come as the letters of their digits."""
    as_it_is = "{}" if not isinstance(column.type, LargeBinary) else _DIGITS
    return sql.SQL(as_it_is).format(sql.Identifier(column.name))


@cache
def _sealed(model: type[Base]) -> dict[str, Sealed]:
    """Its sealed attributes, by its own declarations."""
    return {name: one for name, one in vars(model).items() if isinstance(one, Sealed)}
