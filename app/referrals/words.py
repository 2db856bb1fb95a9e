"""The words for the codes of referrals."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.referrals.enums import (
    DisputeDecision,
    RecallReason,
    ReferralState,
    SentStage,
    Stage,
    StepKind,
)

S = ReferralState

STATES: Mapping[ReferralState, LazyString] = {
    S.DRAFT: _l("Bản nháp"),
    S.SENT: _l("Đã gửi"),
    S.OPENED: _l("Đã xem"),
    S.INFO_NEEDED: _l("Cần thêm thông tin"),
    S.ACCEPTED: _l("Đã nhận"),
    S.IN_SERVICE: _l("Đang giúp"),
    S.DELIVERED: _l("Đã cung cấp dịch vụ"),
    S.COMPLETED: _l("Có kết quả"),
    S.CLOSED: _l("Đã kết thúc"),
    S.DECLINED: _l("Từ chối"),
    S.RECALLED: _l("Đã thu hồi"),
    S.EXPIRED: _l("Hết hạn, không ai trả lời"),
}
# tone and icon of the chip of a state
CHIPS: Mapping[ReferralState, tuple[str, str]] = {
    S.DRAFT: ("", "edit"),
    S.SENT: ("", "send"),
    S.OPENED: ("", "eye"),
    S.INFO_NEEDED: ("warn", "help-circle"),
    S.ACCEPTED: ("ok", "check"),
    S.IN_SERVICE: ("ok", "users"),
    S.DELIVERED: ("ok", "circle-check"),
    S.COMPLETED: ("ok", "circle-check"),
    S.CLOSED: ("", "check"),
    S.DECLINED: ("danger", "x"),
    S.RECALLED: ("", "x"),
    S.EXPIRED: ("danger", "clock"),
}
INBOX_TABS: Mapping[Stage, LazyString] = {
    Stage.ANSWER: _l("Cần trả lời"),
    Stage.SERVICE: _l("Đang giúp"),
    Stage.WAITING: _l("Đang chờ nơi khác"),
    Stage.DONE: _l("Đã xong"),
}
SENT_TABS: Mapping[SentStage, LazyString] = {
    SentStage.ACT: _l("Cần bạn xử lý"),
    SentStage.WAITING: _l("Chờ trả lời"),
    SentStage.SERVICE: _l("Đang giúp"),
    SentStage.DRAFT: _l("Bản nháp"),
    SentStage.DONE: _l("Đã xong"),
}
STEPS: Mapping[StepKind, LazyString] = {
    StepKind.DRAFTED: _l("Soạn phiếu"),
    StepKind.SENT: _l("Gửi phiếu"),
    StepKind.OPENED: _l("Đã xem"),
    StepKind.INFO_ASKED: _l("Hỏi thêm thông tin"),
    StepKind.INFO_ANSWERED: _l("Trả lời thông tin"),
    StepKind.ACCEPTED: _l("Nhận"),
    StepKind.DECLINED: _l("Từ chối"),
    StepKind.ASSIGNED: _l("Giao người xử lý"),
    StepKind.CONTACTED: _l("Gặp trẻ em lần đầu"),
    StepKind.DELIVERED: _l("Cung cấp dịch vụ"),
    StepKind.COMPLETED: _l("Báo kết quả"),
    StepKind.CLOSED: _l("Nơi gửi kết thúc"),
    StepKind.RECALLED: _l("Thu hồi"),
    StepKind.EXPIRED: _l("Hết hạn, không ai trả lời"),
    StepKind.RESENT: _l("Gửi cho đơn vị khác"),
    StepKind.REMINDED: _l("Nhắc vì chưa trả lời"),
    StepKind.DISPUTED: _l("Không đồng ý, xin Sở Y tế quyết định"),
    StepKind.DECIDED: _l("Sở Y tế quyết định"),
    StepKind.PRINTED: _l("In phiếu"),
    StepKind.WITHDRAWN: _l("Sự đồng ý đã được rút lại"),
}
RECALLS: Mapping[RecallReason, LazyString] = {
    RecallReason.SENDER: _l("Nơi gửi thu hồi"),
    RecallReason.RESENT: _l("Đã gửi cho đơn vị khác"),
    RecallReason.CONSENT: _l("Sự đồng ý không còn"),
    RecallReason.CASE_ENDED: _l("Hồ sơ đã kết thúc"),
}
DECISIONS: Mapping[DisputeDecision, LazyString] = {
    DisputeDecision.ANSWER_AGAIN: _l("Đơn vị nhận phải trả lời lại"),
    DisputeDecision.SEND_ELSEWHERE: _l("Nơi gửi chuyển cho đơn vị khác"),
    DisputeDecision.STAND: _l("Giữ nguyên trả lời"),
}
TOLD: Mapping[int, LazyString] = {
    1: _l("Đã nhắc cán bộ của đơn vị"),
    2: _l("Đã nhắc phụ trách đơn vị"),
    3: _l("Đã báo người giám sát của Sở Y tế"),
}
