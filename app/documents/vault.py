"""Keeping a file: examined, sealed in pieces, read back whole. Nothing of it touches the disk in
clear."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from datetime import datetime

from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.core.crypto import associated_data
from app.core.ids import new_id
from app.core.sealed import DataKey
from app.documents.examine import Examined
from app.documents.models import Copy, FileChunk, StoredFile

PIECE = 1024 * 1024
_NONCE = 12


def keep_file(
    session: Session, *, key: DataKey, original: bytes, examined: Examined, by_id: uuid.UUID,
    now: datetime,
) -> StoredFile:  # fmt: skip
    """Seal the original and the served copy under `key`, in two statements."""
    stored = StoredFile(
        key=key,
        media_type=examined.media_type,
        size=len(original),
        served_size=len(examined.served),
        sha256=hashlib.sha256(original).digest(),
        created_at=now,
        by_id=by_id,
    )
    session.add(stored)
    session.flush()
    rows = [
        *_pieces(stored, Copy.ORIGINAL, original),
        *_pieces(stored, Copy.SERVED, examined.served),
    ]
    session.execute(insert(FileChunk), rows)
    return stored


def replace_served(session: Session, stored: StoredFile, content: bytes) -> None:
    """Another served copy in the place of the one there is."""
    session.execute(
        delete(FileChunk).where(FileChunk.file_id == stored.id, FileChunk.copy == Copy.SERVED)
    )
    stored.served_size = len(content)
    session.execute(insert(FileChunk), list(_pieces(stored, Copy.SERVED, content)))


class FileDamaged(Exception):  # errors state the fact
    """A piece was lost, moved or changed: nothing of the file is given out."""


def read_file(session: Session, stored: StoredFile, copy: Copy) -> bytes:
    """One copy, whole. Raises FileDamaged; KeyDestroyed where the child was erased."""
    pieces = session.execute(
        select(FileChunk.position, FileChunk.sealed)
        .where(FileChunk.file_id == stored.id, FileChunk.copy == copy)
        .order_by(FileChunk.position)
    ).all()
    size = stored.size if copy is Copy.ORIGINAL else stored.served_size
    cipher, count = stored.key.cipher, _count(size)
    if [piece.position for piece in pieces] != list(range(count)):
        raise FileDamaged
    try:
        return b"".join(
            cipher.decrypt(
                piece.sealed[:_NONCE], piece.sealed[_NONCE:], _place(stored.id, copy, place, count)
            )
            for place, piece in enumerate(pieces)
        )
    except InvalidTag:
        raise FileDamaged from None


def _pieces(stored: StoredFile, copy: Copy, content: bytes) -> Iterator[dict[str, object]]:
    count = _count(len(content))
    for position in range(count):
        nonce = os.urandom(_NONCE)
        piece = content[position * PIECE : (position + 1) * PIECE]
        place = _place(stored.id, copy, position, count)
        yield {
            "id": new_id(),
            "file_id": stored.id,
            "copy": copy,
            "position": position,
            "sealed": nonce + stored.key.cipher.encrypt(nonce, piece, place),
        }


def _count(size: int) -> int:
    return max(1, -(-size // PIECE))


def _place(file_id: uuid.UUID, copy: Copy, position: int, count: int) -> bytes:
    """A piece opens at its own place of a file with just so many pieces: none can be left out."""
    return associated_data("file_chunks", f"{copy}.{position}.{count}", file_id)
