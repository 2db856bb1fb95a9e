"""Files of people, encrypted in pieces under the key of the child they belong to.

Whose file it is (a case's) is a row in a package above.
"""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.sealed import SealedRow


class Copy(StrEnum):
    """The original stays as it came; what is served is stripped (no position, no device)."""

    ORIGINAL = "original"
    SERVED = "served"


class StoredFile(SealedRow, Base):
    """One file. `sha256` is of the original; the log's chain holds it too."""

    __tablename__ = "stored_files"

    media_type: Mapped[str]
    size: Mapped[int]
    served_size: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))


class FileChunk(Base):
    """A piece of one copy: nonce and AES-256-GCM text, bound to its file, copy, place and count."""

    __tablename__ = "file_chunks"
    __table_args__ = (Index("uq_file_chunks", "file_id", "copy", "position", unique=True),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_files.id"))
    copy: Mapped[Copy]
    position: Mapped[int] = mapped_column(SmallInteger)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
