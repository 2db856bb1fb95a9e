"""The tables of the register."""

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
    "GroupMembership",
    "YearlyReview",
]
