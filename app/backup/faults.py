"""What can be wrong with a backup, each with a name of its own."""

from enum import StrEnum


class Fault(StrEnum):
    """The code is what the database keeps of a failed run: its words could be personal."""

    NOT_A_BACKUP = "not_a_backup"
    HEAD_CHANGED = "head_changed"
    OTHER_KEYSET = "other_keyset"
    TRUNCATED = "truncated"
    CHANGED = "changed"
    MEMBER_MISSING = "member_missing"
    MEMBER_UNKNOWN = "member_unknown"
    MEMBER_CHANGED = "member_changed"
    NO_MANIFEST = "no_manifest"
    NEWER_SCHEMA = "newer_schema"
    NOT_RESTORED = "not_restored"
    COUNTS_DIFFER = "counts_differ"
    LOG_BROKEN = "log_broken"
    FIELD_CLOSED = "field_closed"
    FILE_DAMAGED = "file_damaged"
    NOT_DUMPED = "not_dumped"
    NO_PROGRAM = "no_program"
    NO_ACCESS = "no_access"
    NOT_WRITTEN = "not_written"
    IN_USE = "in_use"
    NOT_EMPTY = "not_empty"
    UNKNOWN = "unknown"


class BackupFault(Exception):  # errors state the fact
    """`what` is one sentence for the operator's console, in English as the other commands are."""

    def __init__(self, fault: Fault, what: str) -> None:
        super().__init__(what)
        self.fault = fault
        self.what = what
