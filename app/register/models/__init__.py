"""The tables of the register."""

from app.register.models.imports import (
    Decision,
    ImportMoved,
    ImportRow,
    ImportState,
    NothingToImport,
    RememberedColumn,
    RowState,
    SheetChoices,
    SheetImport,
)
from app.register.models.memberships import (
    AlreadyEnded,
    AlreadyInGroup,
    AlreadyReviewed,
    GroupMembership,
    YearlyReview,
)

__all__ = [
    "AlreadyEnded",
    "AlreadyInGroup",
    "AlreadyReviewed",
    "Decision",
    "GroupMembership",
    "ImportMoved",
    "ImportRow",
    "ImportState",
    "NothingToImport",
    "RememberedColumn",
    "RowState",
    "SheetChoices",
    "SheetImport",
    "YearlyReview",
]
