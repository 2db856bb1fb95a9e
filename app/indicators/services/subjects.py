"""The keyed hashes that stand for children and reports in facts. Who has only the database cannot
compute them, so no fact leads back to a child."""

import uuid

from app.core.crypto import keyring


def subject_of(child_id: uuid.UUID) -> bytes:
    return keyring().lookup("facts.subject", str(child_id))


def event_of(report_id: uuid.UUID) -> bytes:
    return keyring().lookup("facts.event", str(report_id))
