"""The tables of referrals."""

from app.referrals.models.consents import Agreement, Consent
from app.referrals.models.directory import ServiceOffer
from app.referrals.models.disputes import ReferralDispute
from app.referrals.models.outside import OutsideLink
from app.referrals.models.prosecution import ProsecutionRequest, ProsecutionResult
from app.referrals.models.referrals import (
    Referral,
    ReferralRequest,
)
from app.referrals.models.room import RoomNote, RoomTask
from app.referrals.models.steps import ReferralFile, ReferralStep

__all__ = [
    "Agreement",
    "Consent",
    "OutsideLink",
    "ProsecutionRequest",
    "ProsecutionResult",
    "Referral",
    "ReferralDispute",
    "ReferralFile",
    "ReferralRequest",
    "ReferralStep",
    "RoomNote",
    "RoomTask",
    "ServiceOffer",
]
