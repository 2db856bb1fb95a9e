"""Who signs in, for the log: not an Actor yet."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class Signer:
    id: uuid.UUID
    session_id: uuid.UUID | None
    request_id: str | None
