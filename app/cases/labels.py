"""The words for codes of a case: states, kinds of events, filters of the log."""

from collections.abc import Mapping

from flask_babel import LazyString

from app.auth.permissions import Section
from app.cases.enums import CaseState, EventKind
from app.people.fields import LABELS as FIELD_LABELS
from app.reference.library import code_list, form_definition
from app.web.words import _, _l

STATES: Mapping[CaseState, LazyString] = {
    CaseState.RECEIVED: _l("Mới tiếp nhận"),
    CaseState.VERIFYING: _l("Đã xác minh"),
    CaseState.INITIAL_ASSESSED: _l("Đã đánh giá ban đầu"),
    CaseState.SPECIFIC_ASSESSED: _l("Đã đánh giá cụ thể"),
    CaseState.NEEDS_MEETING: _l("Đã họp xác định nhu cầu"),
    CaseState.PLAN_DRAFTED: _l("Đang lập kế hoạch"),
    CaseState.PLAN_SUBMITTED: _l("Đã trình kế hoạch"),
    CaseState.PLAN_APPROVED: _l("Đã duyệt kế hoạch"),
    CaseState.IN_PROGRESS: _l("Đang thực hiện kế hoạch"),
    CaseState.REVIEW: _l("Đang rà soát"),
    CaseState.CLOSED: _l("Đã đóng hồ sơ"),
    CaseState.NOT_CONFIRMED: _l("Tin báo không đúng"),
    CaseState.DUPLICATE: _l("Trùng với hồ sơ khác"),
    CaseState.OUT_OF_SCOPE: _l("Ngoài phạm vi"),
    CaseState.TRANSFERRED: _l("Đã chuyển ra ngoài tỉnh"),
}

# beside a dot of the picture; what is minor has a dot without words
EVENT_SHORT: Mapping[EventKind, LazyString | str] = {
    EventKind.REPORT_RECEIVED: _l("Mẫu 01"),
    EventKind.ROUTED: _l("chuyển tin"),
    EventKind.ASSIGNED: "",
    EventKind.VERIFIED: _l("xác minh"),
    EventKind.INITIAL_ASSESSMENT: _l("Mẫu 02"),
    EventKind.OVERRIDE_ASKED: _l("xin hạ mức"),
    EventKind.OVERRIDE_DECIDED: _l("chữ ký thứ hai"),
    EventKind.MEASURE: _l("biện pháp"),
    EventKind.NO_MEASURE_NEEDED: _l("không cần biện pháp"),
    EventKind.EXTENSION_ASKED: _l("xin gia hạn"),
    EventKind.EXTENSION_DECIDED: _l("trả lời gia hạn"),
    EventKind.CHILD_EDITED: "",
    EventKind.REPORT_CORRECTED: "",
    EventKind.INFORMANT_READ: "",
    EventKind.NOTE: "",
    EventKind.SPECIFIC_ASSESSMENT: _l("Mẫu 03"),
    EventKind.MEETING_CALLED: "",
    EventKind.MEETING_HELD: _l("họp"),
    EventKind.PLAN_DRAFTED: "",
    EventKind.PLAN_SUBMITTED: _l("trình kế hoạch"),
    EventKind.PLAN_RETURNED: _l("trả lại"),
    EventKind.PLAN_APPROVED: _l("duyệt kế hoạch"),
    EventKind.PLAN_VOIDED: _l("kế hoạch mất hiệu lực"),
    EventKind.ACTIVITY_CHANGED: "",
    EventKind.SEPARATION_ASKED: _l("đề nghị cách ly"),
    EventKind.SEPARATION_STARTED: _l("cách ly"),
    EventKind.SEPARATION_EXTENDED: _l("gia hạn cách ly"),
    EventKind.SEPARATION_ENDED: _l("hết cách ly"),
    EventKind.CARE_ASKED: "",
    EventKind.CARE_REFUSED: _l("không đồng ý"),
    EventKind.CARE_DECIDED: _l("chăm sóc thay thế"),
    EventKind.CHILD_HANDED_OVER: _l("giao, nhận trẻ"),
    EventKind.CARE_VISITED: "",
    EventKind.CARE_ENDED: _l("hết chăm sóc thay thế"),
    EventKind.SHELTER_READ: "",
    EventKind.SERVICE_RECEIVED: _l("hỗ trợ"),
    EventKind.FOLLOW_UP: "",
    EventKind.REVIEWED: _l("Mẫu 06"),
    EventKind.CLOSING_ASKED: _l("xin đóng"),
    EventKind.CLOSING_REFUSED: _l("chưa đóng"),
    EventKind.CLOSED: _l("đóng hồ sơ"),
    EventKind.CYCLE_STARTED: _l("chu kỳ mới"),
    EventKind.REOPENED: _l("mở lại"),
    EventKind.CHECKED_AFTER: _l("kiểm tra lại"),
    EventKind.TRANSFER_OFFERED: _l("chuyển hồ sơ"),
    EventKind.TRANSFER_ANSWERED: _l("nhận hồ sơ"),
    EventKind.GROUP_RECORDED: "",
    EventKind.GROUP_ENDED: "",
    EventKind.YEARLY_REVIEWED: _l("rà soát năm"),
    EventKind.RECORDS_MERGED: "",
    EventKind.RECORDS_SEPARATED: "",
    EventKind.REFERRAL_SENT: _l("chuyển gửi"),
    EventKind.REFERRAL_OPENED: "",
    EventKind.REFERRAL_ASKED: _l("cần thêm thông tin"),
    EventKind.REFERRAL_REPLIED: "",
    EventKind.REFERRAL_ACCEPTED: _l("nhận chuyển gửi"),
    EventKind.REFERRAL_DECLINED: _l("từ chối"),
    EventKind.REFERRAL_CONTACTED: _l("gặp trẻ em"),
    EventKind.REFERRAL_DELIVERED: _l("dịch vụ"),
    EventKind.REFERRAL_COMPLETED: _l("kết quả"),
    EventKind.REFERRAL_ENDED: "",
    EventKind.REFERRAL_DISPUTED: _l("không đồng ý"),
    EventKind.REFERRAL_DECIDED: "",
    EventKind.CONSENT_GIVEN: "",
    EventKind.CONSENT_WITHDRAWN: _l("rút đồng ý"),
    EventKind.ROOM_NOTE: "",
    EventKind.PROSECUTION_SIGNED: _l("kiến nghị khởi tố"),
    EventKind.PROCURACY_INFORMED: "",
    EventKind.PROSECUTION_RESULT: _l("kết quả khởi tố"),
    EventKind.REMINDER_ESCALATED: _l("nhắc lên cấp trên"),
    EventKind.REMINDER_WAIVED: _l("việc không cần làm"),
    EventKind.HOLD_SET: _l("giữ hồ sơ"),
    EventKind.HOLD_LIFTED: "",
    EventKind.ERASURE_ASKED: "",
    EventKind.ERASURE_DECIDED: "",
    EventKind.ERASURE_STOPPED: "",
    EventKind.CHILD_ERASED: _l("đã xóa dữ liệu"),
    EventKind.FILE_ADDED: "",
    EventKind.FILE_REMOVED: "",
    EventKind.GLASS_BROKEN: _l("mở khẩn cấp"),
    EventKind.GLASS_REVIEWED: "",
}

MEASURE_SHORT: Mapping[str, LazyString] = {
    "safe_shelter": _l("nơi tạm trú"),
    "isolation": _l("cách ly"),
    "separation": _l("tạm thời cách ly"),
    "medical_care": _l("cấp cứu, y tế"),
    "psychotherapy": _l("hỗ trợ tâm lý"),
    "substitute_care": _l("chăm sóc thay thế"),
    "police_protection": _l("công an bảo vệ"),
    "basic_needs": _l("nhu cầu thiết yếu"),
}

EVENT_TITLES: Mapping[EventKind, LazyString] = {
    EventKind.REPORT_RECEIVED: _l("Tiếp nhận tin báo (Mẫu số 01)"),
    EventKind.ROUTED: _l("Chuyển tin đến nơi xảy ra vụ việc"),
    EventKind.ASSIGNED: _l("Giao người phụ trách"),
    EventKind.VERIFIED: _l("Xác minh tin báo"),
    EventKind.INITIAL_ASSESSMENT: _l("Đánh giá nguy cơ ban đầu (Mẫu số 02)"),
    EventKind.OVERRIDE_ASKED: _l("Đề nghị hạ mức nguy cơ"),
    EventKind.OVERRIDE_DECIDED: _l("Trả lời đề nghị hạ mức nguy cơ"),
    EventKind.MEASURE: _l("Biện pháp bảo đảm an toàn"),
    EventKind.NO_MEASURE_NEEDED: _l("Quyết định: không cần biện pháp khẩn cấp"),
    EventKind.EXTENSION_ASKED: _l("Đề nghị gia hạn"),
    EventKind.EXTENSION_DECIDED: _l("Trả lời đề nghị gia hạn"),
    EventKind.CHILD_EDITED: _l("Sửa thông tin về trẻ em"),
    EventKind.REPORT_CORRECTED: _l("Sửa tin báo"),
    EventKind.INFORMANT_READ: _l("Xem người cung cấp thông tin"),
    EventKind.NOTE: _l("Ghi chú"),
    EventKind.SPECIFIC_ASSESSMENT: _l("Đánh giá nguy cơ cụ thể (Mẫu số 03)"),
    EventKind.MEETING_CALLED: _l("Mời họp xác định nhu cầu"),
    EventKind.MEETING_HELD: _l("Họp xác định nhu cầu"),
    EventKind.PLAN_DRAFTED: _l("Lập kế hoạch hỗ trợ, can thiệp (Mẫu số 04)"),
    EventKind.PLAN_SUBMITTED: _l("Trình kế hoạch hỗ trợ, can thiệp"),
    EventKind.PLAN_RETURNED: _l("Trả lại kế hoạch"),
    EventKind.PLAN_APPROVED: _l("Phê duyệt kế hoạch hỗ trợ, can thiệp"),
    EventKind.PLAN_VOIDED: _l("Kế hoạch đã sửa sau khi duyệt: phê duyệt mất hiệu lực"),
    EventKind.ACTIVITY_CHANGED: _l("Cập nhật hoạt động của kế hoạch"),
    EventKind.SEPARATION_ASKED: _l("Đề nghị tạm thời cách ly trẻ em"),
    EventKind.SEPARATION_STARTED: _l("Tạm thời cách ly trẻ em (Mẫu số 07)"),
    EventKind.SEPARATION_EXTENDED: _l("Gia hạn tạm thời cách ly"),
    EventKind.SEPARATION_ENDED: _l("Kết thúc tạm thời cách ly"),
    EventKind.CARE_ASKED: _l("Đề nghị chăm sóc thay thế"),
    EventKind.CARE_REFUSED: _l("Không đồng ý đề nghị"),
    EventKind.CARE_DECIDED: _l("Quyết định chăm sóc thay thế"),
    EventKind.CHILD_HANDED_OVER: _l("Giao, nhận trẻ em"),
    EventKind.CARE_VISITED: _l("Theo dõi trẻ em được chăm sóc thay thế"),
    EventKind.CARE_ENDED: _l("Chấm dứt chăm sóc thay thế"),
    EventKind.SHELTER_READ: _l("Xem địa chỉ nơi tạm trú an toàn"),
    EventKind.SERVICE_RECEIVED: _l("Trẻ em đã được hỗ trợ"),
    EventKind.FOLLOW_UP: _l("Theo dõi"),
    EventKind.REVIEWED: _l("Rà soát, đánh giá (Mẫu số 06)"),
    EventKind.CLOSING_ASKED: _l("Đề nghị đóng hồ sơ"),
    EventKind.CLOSING_REFUSED: _l("Chưa đồng ý đóng hồ sơ"),
    EventKind.CLOSED: _l("Đóng hồ sơ"),
    EventKind.CYCLE_STARTED: _l("Bắt đầu chu kỳ kế hoạch mới"),
    EventKind.REOPENED: _l("Mở lại hồ sơ"),
    EventKind.CHECKED_AFTER: _l("Kiểm tra lại sau khi đóng hồ sơ"),
    EventKind.TRANSFER_OFFERED: _l("Đề nghị chuyển hồ sơ"),
    EventKind.TRANSFER_ANSWERED: _l("Trả lời đề nghị chuyển hồ sơ"),
    EventKind.GROUP_RECORDED: _l("Ghi nhóm hoàn cảnh đặc biệt"),
    EventKind.GROUP_ENDED: _l("Ra khỏi nhóm hoàn cảnh đặc biệt"),
    EventKind.YEARLY_REVIEWED: _l("Rà soát hằng năm"),
    EventKind.RECORDS_MERGED: _l("Gộp hai bản ghi của một trẻ em"),
    EventKind.RECORDS_SEPARATED: _l("Tách lại bản ghi đã gộp"),
    EventKind.REFERRAL_SENT: _l("Gửi phiếu chuyển gửi"),
    EventKind.REFERRAL_OPENED: _l("Đơn vị nhận đã xem phiếu chuyển gửi"),
    EventKind.REFERRAL_ASKED: _l("Đơn vị nhận cần thêm thông tin"),
    EventKind.REFERRAL_REPLIED: _l("Trả lời thông tin cho đơn vị nhận"),
    EventKind.REFERRAL_ACCEPTED: _l("Đơn vị nhận đã nhận chuyển gửi"),
    EventKind.REFERRAL_DECLINED: _l("Đơn vị từ chối chuyển gửi"),
    EventKind.REFERRAL_CONTACTED: _l("Đơn vị nhận đã gặp trẻ em lần đầu"),
    EventKind.REFERRAL_DELIVERED: _l("Đã cung cấp dịch vụ"),
    EventKind.REFERRAL_COMPLETED: _l("Kết quả chuyển gửi"),
    EventKind.REFERRAL_ENDED: _l("Kết thúc phiếu chuyển gửi"),
    EventKind.REFERRAL_DISPUTED: _l("Không đồng ý với trả lời, xin Sở Y tế quyết định"),
    EventKind.REFERRAL_DECIDED: _l("Quyết định về bất đồng chuyển gửi"),
    EventKind.CONSENT_GIVEN: _l("Ghi sự đồng ý chia sẻ thông tin"),
    EventKind.CONSENT_WITHDRAWN: _l("Rút sự đồng ý chia sẻ thông tin"),
    EventKind.ROOM_NOTE: _l("Ghi chú của cơ quan phối hợp"),
    EventKind.PROSECUTION_SIGNED: _l("Kiến nghị khởi tố"),
    EventKind.PROCURACY_INFORMED: _l("Thông báo cho Viện kiểm sát"),
    EventKind.PROSECUTION_RESULT: _l("Kết quả giải quyết kiến nghị khởi tố"),
    EventKind.REMINDER_ESCALATED: _l("Việc chưa xong đã được nhắc lên cấp trên"),
    EventKind.REMINDER_WAIVED: _l("Đã quyết định: việc này không cần làm"),
    EventKind.HOLD_SET: _l("Giữ hồ sơ theo pháp luật"),
    EventKind.HOLD_LIFTED: _l("Bỏ giữ hồ sơ"),
    EventKind.ERASURE_ASKED: _l("Đề nghị xóa dữ liệu"),
    EventKind.ERASURE_DECIDED: _l("Trả lời đề nghị xóa dữ liệu"),
    EventKind.ERASURE_STOPPED: _l("Dừng việc xóa dữ liệu"),
    EventKind.CHILD_ERASED: _l("Đã xóa dữ liệu của trẻ em"),
    EventKind.FILE_ADDED: _l("Thêm tài liệu"),
    EventKind.FILE_REMOVED: _l("Gỡ tài liệu"),
    EventKind.GLASS_BROKEN: _l("Mở hồ sơ khẩn cấp"),
    EventKind.GLASS_REVIEWED: _l("Xem lại việc mở hồ sơ khẩn cấp"),
}

SECTIONS: Mapping[Section, LazyString] = {
    Section.IDENTITY: _l("Nhân thân"),
    Section.CONTACT: _l("Nơi ở, liên hệ"),
    Section.FAMILY: _l("Gia đình"),
    Section.EVENT: _l("Vụ việc"),
    Section.HEALTH: _l("Sức khỏe"),
    Section.EDUCATION: _l("Học tập"),
    Section.POLICE_JUSTICE: _l("Công an, tư pháp"),
    Section.ASSESSMENT: _l("Đánh giá"),
    Section.PLAN: _l("Biện pháp, kế hoạch"),
    Section.INFORMANT: _l("Người cung cấp thông tin"),
    Section.SHELTER: _l("Địa chỉ nơi tạm trú an toàn"),
    Section.HIV: _l("Tình trạng HIV"),
    Section.SEXUAL_ABUSE: _l("Lời kể về xâm hại tình dục"),
}

E = EventKind

# the tabs of the log: a code in the address, its words, the kinds it shows
LOG_FILTERS: Mapping[str, tuple[LazyString, frozenset[EventKind]]] = {
    "done": (
        _l("Việc đã làm"),
        frozenset(
            {
                E.REPORT_RECEIVED,
                E.ROUTED,
                E.VERIFIED,
                E.INITIAL_ASSESSMENT,
                E.SPECIFIC_ASSESSMENT,
                E.MEETING_HELD,
                E.MEASURE,
                E.NO_MEASURE_NEEDED,
                E.PLAN_SUBMITTED,
                E.SEPARATION_STARTED,
                E.SEPARATION_ENDED,
                E.CHILD_HANDED_OVER,
                E.CARE_VISITED,
                E.CARE_ENDED,
                E.SERVICE_RECEIVED,
                E.FOLLOW_UP,
                E.REVIEWED,
                E.YEARLY_REVIEWED,
                E.CHECKED_AFTER,
                E.CLOSED,
            }
        ),
    ),
    "decisions": (
        _l("Đề nghị, quyết định"),
        frozenset(
            {
                E.OVERRIDE_ASKED,
                E.OVERRIDE_DECIDED,
                E.EXTENSION_ASKED,
                E.EXTENSION_DECIDED,
                E.NO_MEASURE_NEEDED,
                E.PLAN_RETURNED,
                E.PLAN_APPROVED,
                E.PLAN_VOIDED,
                E.SEPARATION_ASKED,
                E.SEPARATION_STARTED,
                E.SEPARATION_EXTENDED,
                E.SEPARATION_ENDED,
                E.CARE_ASKED,
                E.CARE_REFUSED,
                E.CARE_DECIDED,
                E.CARE_ENDED,
                E.CLOSING_ASKED,
                E.CLOSING_REFUSED,
                E.CLOSED,
                E.CYCLE_STARTED,
                E.REOPENED,
                E.TRANSFER_OFFERED,
                E.TRANSFER_ANSWERED,
                E.HOLD_SET,
                E.HOLD_LIFTED,
                E.ERASURE_ASKED,
                E.ERASURE_DECIDED,
                E.ERASURE_STOPPED,
                E.CHILD_ERASED,
                E.GLASS_BROKEN,
                E.GLASS_REVIEWED,
            }
        ),
    ),
    "referrals": (
        _l("Chuyển gửi"),
        frozenset(
            {
                E.REFERRAL_SENT,
                E.REFERRAL_OPENED,
                E.REFERRAL_ASKED,
                E.REFERRAL_REPLIED,
                E.REFERRAL_ACCEPTED,
                E.REFERRAL_DECLINED,
                E.REFERRAL_CONTACTED,
                E.REFERRAL_DELIVERED,
                E.REFERRAL_COMPLETED,
                E.REFERRAL_ENDED,
                E.REFERRAL_DISPUTED,
                E.REFERRAL_DECIDED,
                E.CONSENT_GIVEN,
                E.CONSENT_WITHDRAWN,
                E.ROOM_NOTE,
                E.PROSECUTION_SIGNED,
                E.PROCURACY_INFORMED,
                E.PROSECUTION_RESULT,
            }
        ),
    ),
    "documents": (
        _l("Tài liệu"),
        frozenset(
            {
                E.REPORT_RECEIVED,
                E.INITIAL_ASSESSMENT,
                E.SPECIFIC_ASSESSMENT,
                E.MEETING_HELD,
                E.PLAN_SUBMITTED,
                E.PLAN_APPROVED,
                E.SEPARATION_STARTED,
                E.REVIEWED,
                E.FILE_ADDED,
                E.FILE_REMOVED,
            }
        ),
    ),
    "changes": (
        _l("Sửa đổi"),
        frozenset(
            {
                E.CHILD_EDITED,
                E.REPORT_CORRECTED,
                E.ASSIGNED,
                E.NOTE,
                E.PLAN_DRAFTED,
                E.ACTIVITY_CHANGED,
                E.GROUP_RECORDED,
                E.GROUP_ENDED,
                E.RECORDS_MERGED,
                E.RECORDS_SEPARATED,
            }
        ),
    ),
}


def field_label(name: str) -> str:
    """The words for a changed field of a child or of a report."""
    return str(FIELD_LABELS.get(name) or _form_label(name))


def _form_label(name: str) -> str:
    fields = form_definition("form01").fields
    return next((str(field.label) for field in fields if field.name == name), name)


def agency_name(lane: str) -> str:
    """The short name of a kind of unit, as the lanes and the locked chips show it."""
    kind = code_list("unit_kinds").by_code.get(lane)
    return str(kind.short or kind.label) if kind else lane


def agency_order() -> tuple[str, ...]:
    """The lanes from top to bottom."""
    return code_list("unit_kinds").codes


def label_of(list_key: str, code: object) -> str:
    """The text of a code; the code itself where the list does not know it."""
    known = code_list(list_key).by_code.get(str(code))
    return str(known.label) if known else str(code)


def category_short(code: str) -> str:
    """bị xâm hại, có nguy cơ bị bạo lực, …"""
    known = code_list("report_categories").by_code.get(code)
    return str(known.short or known.label) if known else code


def lowering_words(held: str, wanted: str) -> str:
    """“từ nguy cơ cao xuống nguy cơ thấp”: what the second signature is asked for."""
    if held == wanted:
        return _("thôi coi là khẩn cấp")
    return _(
        "từ %(held)s xuống %(wanted)s",
        held=label_of("risk_levels", held).lower(),
        wanted=label_of("risk_levels", wanted).lower(),
    )
