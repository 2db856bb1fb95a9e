"""Encrypted columns: a data key per child (or report, or user) and attributes that seal
themselves."""

import uuid
from datetime import datetime
from typing import Any, Self, overload

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask_babel import gettext
from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.core import clock
from app.core.crypto import associated_data, keyring, seal, unseal
from app.core.db import Base
from app.core.errors import KeyDestroyed
from app.core.ids import new_id

NAME_BLOCK = 64
TEXT_BLOCK = 256


class DataKey(Base):
    """A wrapped data key. Destroying it erases everything that was sealed under it."""

    __tablename__ = "data_keys"
    # under which key of the keyset it is wrapped: counted, and found after a rotation
    __table_args__ = (Index("ix_data_keys_under", text("substr(wrapped, 2, 4)")),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]

    @classmethod
    def new(cls) -> "DataKey":
        key_id = new_id()
        return cls(id=key_id, wrapped=keyring().new_data_key(key_id), created_at=clock.now())

    @property
    def is_destroyed(self) -> bool:
        return self.wrapped is None

    def destroy(self, *, now: datetime) -> None:
        """What was sealed under it can never be read again. A second time changes nothing."""
        if self.wrapped is not None:
            self.wrapped, self.destroyed_at = None, now

    @property
    def cipher(self) -> AESGCM:
        if self.wrapped is None:
            raise KeyDestroyed
        return keyring().cipher(self.id, self.wrapped)


class SealedRow:
    """Mixin of a table with sealed attributes: its id and key exist before any value is set."""

    __tablename__: str
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("data_keys.id"))

    @declared_attr
    @classmethod
    def key(cls) -> Mapped[DataKey]:
        return relationship(DataKey, lazy="joined", innerjoin=True)

    def __init__(self, *, key: DataKey, id: uuid.UUID | None = None, **values: Any) -> None:
        self.id = id or new_id()
        self.key_id = key.id
        self.key = key
        for name, value in values.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no attribute {name}")
            setattr(self, name, value)


class Erased(str):
    """What a reader is told in the place of words whose key was destroyed."""

    __slots__ = ()


def erased() -> Erased:
    """In the language of the reader."""
    return Erased(gettext("đã xóa"))


class Sealed:
    """`full_name = Sealed()` reads and writes the bytes column `full_name_sealed` of its row.

    Of a destroyed key it reads `Erased`, so that every page goes on and says so; a value that is no
    words (`is_words=False`: a date, a number, JSON) reads None. Nothing more can be written.
    """

    def __init__(self, block: int = TEXT_BLOCK, *, is_words: bool = True) -> None:
        self.block = block
        self.is_words = is_words

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.column = f"{name}_sealed"

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: SealedRow, owner: type) -> str | None: ...
    def __get__(self, row: SealedRow | None, owner: type) -> Self | str | None:
        if row is None:
            return self
        blob: bytes | None = getattr(row, self.column)
        if blob is None:
            return None
        if row.key.wrapped is None:
            return self.when_erased
        return unseal(row.key.cipher, self._place(row), blob)

    def __set__(self, row: SealedRow, value: str | None) -> None:
        if (self.__get__(row, type(row)) or "") == (value or ""):
            return
        blob = seal(row.key.cipher, self._place(row), value, block=self.block) if value else None
        setattr(row, self.column, blob)

    @property
    def when_erased(self) -> str | None:
        return erased() if self.is_words else None

    def _place(self, row: SealedRow) -> bytes:
        return associated_data(row.__tablename__, self.name, row.id)


def open_field(
    table: type[SealedRow],
    name: str,
    row_id: uuid.UUID,
    key: tuple[uuid.UUID, bytes | None],
    blob: bytes | None,
) -> str | None:
    """One sealed value of a row that was selected by columns, without its entity.

    `key` is (data_keys.id, data_keys.wrapped). None for an empty value; of a destroyed key as
    `Sealed` says.
    """
    key_id, wrapped = key
    if blob is None:
        return None
    if wrapped is None:
        sealed: Sealed = getattr(table, name)
        return sealed.when_erased
    return unseal(
        keyring().cipher(key_id, wrapped), associated_data(table.__tablename__, name, row_id), blob
    )
