"""Exactly what the receiver of a draft will see, before and after it accepts."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.cases.labels import label_of
from app.cases.pages.head import read_head
from app.cases.pages.links import link
from app.referrals.models import Referral, ReferralRequest
from app.referrals.pages.envelope import alert_words, envelope_rows
from app.referrals.pages.packet import packet_page
from app.referrals.queries.packet import packet_of, shareable
from app.web.words import _


def preview_page(
    session: Session,
    *,
    actor: Actor,
    asked: ReferralRequest,
    drafts: Sequence[Referral],
    wanted: uuid.UUID | None,
    now: datetime,
) -> dict[str, Any] | None:
    """One draft at a time, with a tab for each; None where `wanted` is none of them. The packet
    is read by what reads it for the receiver; the reading stands on the log."""
    place = next((n for n, one in enumerate(drafts) if wanted in (None, one.id)), None)
    if place is None or asked.case.unit is None:
        return None
    draft = drafts[place]
    draft.case, draft.from_unit = asked.case, asked.case.unit
    sections = shareable(asked.case, draft.granted())
    data = {"referral": draft.id, "state": draft.state.value, "view": "preview"}
    record(
        session, actor, AuditAction.REFERRAL_READ, at=now, case_id=asked.case_id,
        subject_id=draft.id, sections=sections, data=data,
    )  # fmt: skip
    return {
        "head": read_head(session, actor=actor, case=asked.case, now=now),
        "asked": asked,
        "draft": draft,
        "to": draft.to_unit.name if draft.to_unit else draft.to_body or _("chưa chọn nơi nhận"),
        "rows": envelope_rows(draft),
        "alerts": alert_words(draft),
        "packet": packet_page(packet_of(session, draft, sections)),
        "tabs_of": [_tab(asked, one, one is draft) for one in drafts],
        "next_url": _url(asked, drafts[place + 1]) if place + 1 < len(drafts) else "",
    }


def _tab(asked: ReferralRequest, draft: Referral, is_on: bool) -> tuple[str, str, None, bool]:
    return label_of("referral_services", draft.service), _url(asked, draft), None, is_on


def _url(asked: ReferralRequest, draft: Referral) -> str:
    return f"{link('referrals.preview', request_id=asked.id)}?draft={draft.id}"
