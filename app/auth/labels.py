"""What roles, kinds of units, permissions and reasons of access are called."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.auth.actor import ROLE_LABELS
from app.auth.factor_models import Check
from app.auth.grants import AccessReason
from app.auth.models import Role, UnitKind, UnitLevel
from app.auth.permissions import Permission
from app.auth.user_agents import BROWSER_NAMES, SYSTEM_NAMES
from app.reference.library import code_list

P = Permission

LEVEL_LABELS: dict[UnitLevel, LazyString] = {
    UnitLevel.COMMUNE: _l("Cấp xã"),
    UnitLevel.PROVINCE: _l("Cấp tỉnh"),
}

REASON_LABELS: dict[AccessReason, LazyString] = {
    AccessReason.UNIT_WORKS: _l("Đơn vị đang giải quyết"),
    AccessReason.ASSIGNED: _l("Được giao phụ trách"),
    AccessReason.REPORTED: _l("Đơn vị đã nhận tin báo (chỉ xem tình trạng)"),
    AccessReason.REFERRAL: _l("Được chuyển gửi"),
    AccessReason.BREAK_GLASS: _l("Mở khẩn cấp"),
}

PERMISSION_LABELS: dict[Permission, LazyString] = {
    P.PUBLIC: _l("Xem trang công khai"),
    P.SIGNED_IN: _l("Xem trang của mình, đổi mật khẩu của mình"),
    P.REPORT_CREATE: _l("Ghi tin báo mới (Mẫu số 01)"),
    P.REPORT_STATE: _l("Xem tình trạng tin báo mà đơn vị đã nhận, không xem nội dung"),
    P.REPORT_ROUTE: _l("Chuyển tin báo đến Ủy ban nhân dân xã, phường"),
    P.CASE_LIST: _l("Xem danh sách hồ sơ trong phạm vi được xem"),
    P.CASE_READ: _l("Xem hồ sơ trong phạm vi được xem"),
    P.CASE_VERIFY: _l("Ghi kết quả xác minh tin báo"),
    P.CASE_ASSESS: _l("Đánh giá nguy cơ ban đầu (Mẫu số 02)"),
    P.CASE_ASSIGN: _l("Giao người phụ trách hồ sơ"),
    P.OVERRIDE_DECIDE: _l("Trả lời đề nghị hạ mức nguy cơ"),
    P.MEASURE_RECORD: _l("Ghi biện pháp bảo đảm an toàn"),
    P.MEETING_RECORD: _l("Ghi cuộc họp xác định nhu cầu"),
    P.PLAN_EDIT: _l("Lập, trình và cập nhật kế hoạch (Mẫu số 04)"),
    P.PLAN_DECIDE: _l("Phê duyệt hoặc trả lại kế hoạch (Mẫu số 05)"),
    P.CARE_RECORD: _l("Ghi cách ly, chăm sóc thay thế"),
    P.CARE_DECIDE: _l("Quyết định cách ly, chăm sóc thay thế (Mẫu số 07)"),
    P.SHELTER_READ: _l("Xem địa chỉ nơi tạm trú an toàn"),
    P.SERVICE_RECORD: _l("Ghi hỗ trợ trẻ em đã nhận"),
    P.VISIT_RECORD: _l("Ghi lần theo dõi"),
    P.REVIEW_RECORD: _l("Rà soát (Mẫu số 06), đề nghị đóng hồ sơ"),
    P.CLOSE_DECIDE: _l("Quyết định đóng hồ sơ"),
    P.CASE_REOPEN: _l("Mở lại hồ sơ đã đóng"),
    P.CASE_TRANSFER: _l("Chuyển hồ sơ sang nơi khác, nhận hồ sơ chuyển đến"),
    P.REASSIGN_ALL: _l("Giao lại tất cả hồ sơ của một người"),
    P.ABSENCE_NOTE: _l("Ghi vắng mặt, người làm thay"),
    P.DENIAL_MANAGE: _l("Chặn người có xung đột lợi ích khỏi một hồ sơ"),
    P.HOLD_MANAGE: _l("Giữ hồ sơ theo pháp luật: không được xóa"),
    P.ERASURE_ASK: _l("Đề nghị xóa dữ liệu của một trẻ em"),
    P.ERASURE_DECIDE: _l("Trả lời đề nghị xóa dữ liệu của người khác"),
    P.RETENTION_READ: _l("Xem thời hạn lưu và những gì sắp hết hạn"),
    P.FILE_READ: _l("Xem tài liệu của hồ sơ"),
    P.FILE_ADD: _l("Thêm tài liệu vào hồ sơ"),
    P.DOSSIER_MAKE: _l("Lập hồ sơ đầy đủ dạng PDF"),
    P.CASE_EXPORT: _l("Xuất danh sách hồ sơ"),
    P.EXPORT_DECIDE: _l("Duyệt việc xuất danh sách của người khác"),
    P.REGISTER_READ: _l("Xem danh sách trẻ em có hoàn cảnh đặc biệt"),
    P.REGISTER_EDIT: _l("Ghi nhóm hoàn cảnh đặc biệt, rà soát hằng năm"),
    P.IMPORT_RUN: _l("Nhập danh sách từ bảng tính"),
    P.CHILD_MERGE: _l("Gộp, tách hai bản ghi của một trẻ em"),
    P.DOCUMENT_PRINT: _l("In biểu mẫu của hồ sơ"),
    P.INFORMANT_READ: _l("Xem người cung cấp thông tin"),
    P.CHILD_READ: _l("Xem thông tin trẻ em trong phạm vi được xem"),
    P.CHILD_EDIT: _l("Sửa thông tin trẻ em"),
    P.PEOPLE_SEARCH: _l("Tìm trẻ em theo tên hoặc số định danh"),
    P.EXTENSION_ASK: _l("Đề nghị gia hạn"),
    P.EXTENSION_DECIDE: _l("Trả lời đề nghị gia hạn"),
    P.PROSECUTION_SIGN: _l("Ký văn bản kiến nghị khởi tố"),
    P.REFERRAL_READ: _l("Xem phiếu chuyển gửi đã gửi, đã đến"),
    P.REFERRAL_SEND: _l("Gửi, thu hồi phiếu chuyển gửi"),
    P.REFERRAL_ANSWER: _l("Trả lời phiếu chuyển gửi đến đơn vị mình"),
    P.REFERRAL_ASSIGN: _l("Giao người xử lý phiếu chuyển gửi"),
    P.REFERRAL_MEASURE: _l("Xem thời gian trả lời của các đơn vị"),
    P.CONSENT_RECORD: _l("Ghi, rút sự đồng ý chia sẻ thông tin"),
    P.AGREEMENT_MANAGE: _l("Giữ sổ quy chế phối hợp"),
    P.DISPUTE_DECIDE: _l("Quyết định về bất đồng chuyển gửi"),
    P.DIRECTORY_READ: _l("Tìm trong danh bạ dịch vụ"),
    P.DIRECTORY_EDIT: _l("Ghi phần của đơn vị mình trong danh bạ dịch vụ"),
    P.REMINDER_OWN: _l("Xem, trả lời nhắc việc của mình"),
    P.REMINDER_DECIDE: _l("Quyết định khi người khác xin không làm một việc có hạn theo luật"),
    P.REMINDER_MEASURE: _l("Xem nhắc việc có giúp đúng hạn không, chỉ số đếm"),
    P.AUDIT_READ: _l("Xem nhật ký kiểm tra"),
    P.BREAK_GLASS: _l("Mở khẩn cấp hồ sơ của đơn vị khác, chỉ đọc"),
    P.GLASS_REVIEW: _l("Xem lại việc mở hồ sơ khẩn cấp"),
    P.READINGS_SHOW: _l("Xem ai đã mở một hồ sơ và vì sao"),
    P.OVERSIGHT: _l("Xem những lần đọc hồ sơ cần hỏi lại"),
    P.QUESTION_OWN: _l("Trả lời vì sao mình mở một hồ sơ"),
    P.SUPERVISE: _l("Giám sát toàn tỉnh"),
    P.INDICATORS_READ: _l("Xem chỉ tiêu thống kê"),
    P.PERIODIC_READ: _l("Xem báo cáo định kỳ của đơn vị mình, hoặc của các xã, phường gửi đến"),
    P.PERIODIC_DRAFT: _l("Soạn báo cáo định kỳ của đơn vị mình"),
    P.PERIODIC_SUBMIT: _l("Gửi báo cáo định kỳ của đơn vị mình"),
    P.PERIODIC_DECIDE: _l("Tiếp nhận, trả lại báo cáo định kỳ của xã, phường"),
    P.POPULATION_EDIT: _l("Nhập dân số trẻ em của các xã, phường"),
    P.INDICATORS_RELEASE: _l("Lập, duyệt, rút bản công bố số liệu"),
    P.BOARD_READ: _l("Xem bảng 24 chỉ tiêu của kế hoạch"),
    P.BOARD_ENTER: _l("Nhập, xác nhận số liệu 24 chỉ tiêu mà sở, ngành mình phụ trách"),
    P.BOARD_PLAN: _l("Ghi mốc gốc và mốc từng năm của 24 chỉ tiêu"),
    P.USERS_MANAGE: _l("Quản lý đơn vị và người dùng"),
    P.RESET_DECIDE: _l("Là người thứ hai duyệt việc cài lại xác thực của một tài khoản"),
    P.REFERENCE_MANAGE: _l("Quản lý danh mục và lịch nghỉ"),
    P.SYSTEM_HEALTH: _l("Xem tình trạng hệ thống"),
    P.TASK_OWN: _l("Xem, dừng việc chạy nền của mình"),
}

CHECK_LABELS: dict[Check, LazyString] = {
    Check.IN_PERSON: _l("Gặp trực tiếp, đã xem giấy tờ"),
    Check.CALLED: _l("Gọi lại số điện thoại đã biết từ trước"),
    Check.LEAD: _l("Người phụ trách đơn vị xác nhận"),
}


def agent_label(browser: str | None, system: str | None) -> str:
    """A browser in words, from the codes of its session: "Chrome trên Android"."""
    program = BROWSER_NAMES.get(browser or "")
    machine = SYSTEM_NAMES.get(system or "")
    if program and machine:
        return str(_l("%(program)s trên %(machine)s", program=program, machine=machine))
    return program or machine or str(_l("Trình duyệt không rõ"))


def kind_label(kind: UnitKind) -> str:
    return code_list("unit_kinds").label(kind)


def kind_choices() -> list[tuple[str, str]]:
    return code_list("unit_kinds").choices()


def role_choices() -> list[tuple[str, LazyString]]:
    return [(role.value, ROLE_LABELS[role]) for role in Role]


def section_label(section: str) -> str:
    return code_list("sections").label(section)
