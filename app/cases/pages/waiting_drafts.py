"""Drafts on the home page: what was begun, when, and where it goes on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import LazyString

from app.cases.pages.links import link
from app.cases.queries.waiting_drafts import WaitingDraft
from app.web.filters import vn_datetime
from app.web.words import _, _l

# The form of a draft: its words and the page that opens it again.
_FORMS: Mapping[str, tuple[LazyString, str]] = {
    "intake": (_l("Báo tin (Mẫu số 01)"), "intake.new"),
    "assessment": (_l("Đánh giá nguy cơ ban đầu (Mẫu số 02)"), "assessment.new"),
    "specific": (_l("Đánh giá nguy cơ chi tiết (Mẫu số 03)"), "specific.new"),
    "conference": (_l("Cuộc họp"), "meetings.new"),
    "plan": (_l("Kế hoạch (Mẫu số 04)"), "plans.edit"),
    "review": (_l("Rà soát (Mẫu số 06)"), "reviews.new"),
    "visit": (_l("Lần theo dõi"), "follow_up.new"),
    "referral": (_l("Chuyển gửi một lần cho nhiều nơi"), "referrals.request"),
}


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft; `url` is "" where its page is not the author's to open any more."""

    what: str
    when: str
    url: str
    key: str


def draft_lines(drafts: Iterable[WaitingDraft]) -> list[DraftLine]:
    return [_line(draft) for draft in drafts]


def _line(draft: WaitingDraft) -> DraftLine:
    words, endpoint = _FORMS.get(draft.form, (_l("Biểu mẫu chưa gửi"), "cases.show"))
    what = f"{words}, {draft.number}" if draft.number else str(words)
    key = f"{draft.form}-{draft.subject_id}" if draft.subject_id else draft.form
    return DraftLine(
        what=what,
        when=_("Bản nháp lúc %(when)s", when=vn_datetime(draft.saved_at)),
        url=_address(draft, endpoint, key),
        key=key,
    )


def _address(draft: WaitingDraft, endpoint: str, key: str) -> str:
    if draft.form == "intake":  # it belongs to no record
        return link(endpoint, draft=key)
    if draft.subject_id is None:
        return link(endpoint)
    if draft.form == "referral":  # it belongs to a request, not to a case
        return link(endpoint, request_id=draft.subject_id)
    if draft.number is None:
        return ""
    return link(endpoint, case_id=draft.subject_id) or link("cases.show", case_id=draft.subject_id)
