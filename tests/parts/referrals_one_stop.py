"""What makes the forms of the one-stop request valid."""

from typing import Any

VALID: dict[str, Any] = {
    "referrals.new": {"services": ["psychology"]},
    "referrals.request": {
        "action": "save",
        "drafts-0-unit": "outside",
        "drafts-0-body": "Nhà xã hội Hoa Sen",
        "drafts-0-reason": "Tham vấn cho em mỗi tuần một buổi",
    },
}
FORM_FIELDS = {"referrals.drop": ("idempotency_key",)}
