"""The words for every kind of audit event, and the groups the supervisor filters by."""

from collections.abc import Mapping

from flask_babel import LazyString

from app.audit.actions import AuditAction
from app.web.words import _l

A = AuditAction

ACTIONS: Mapping[AuditAction, LazyString] = {
    A.SIGNED_IN: _l("Đăng nhập"),
    A.SIGN_IN_FAILED: _l("Đăng nhập không thành công"),
    A.SIGNED_OUT: _l("Đăng xuất"),
    A.DENIED: _l("Bị từ chối"),
    A.CONFIRMED: _l("Xác nhận lại mật khẩu"),
    A.PASSWORD_CHANGED: _l("Đổi mật khẩu"),
    A.FACTOR_CHANGED: _l("Đổi cách xác thực hai bước"),
    A.USER_INVITED: _l("Mời người dùng"),
    A.USER_CHANGED: _l("Sửa tài khoản"),
    A.USER_DISABLED: _l("Khóa tài khoản"),
    A.UNIT_CHANGED: _l("Sửa đơn vị"),
    A.REFERENCE_CHANGED: _l("Sửa danh mục"),
    A.PEOPLE_SEARCHED: _l("Tìm trẻ em"),
    A.CHILD_READ: _l("Xem thông tin trẻ em"),
    A.CHILD_CHANGED: _l("Sửa thông tin trẻ em"),
    A.DUPLICATES_SHOWN: _l("Xem trẻ em có thể trùng"),
    A.REPORT_RECEIVED: _l("Tiếp nhận tin báo"),
    A.REPORT_ROUTED: _l("Chuyển tin báo"),
    A.REPORT_STATE_READ: _l("Xem tình trạng tin báo"),
    A.REPORT_CORRECTED: _l("Sửa tin báo"),
    A.INFORMANT_READ: _l("Xem người cung cấp thông tin"),
    A.CASES_LISTED: _l("Xem danh sách hồ sơ"),
    A.CASE_READ: _l("Xem hồ sơ"),
    A.CASE_OPENED: _l("Mở hồ sơ lần đầu"),
    A.CASE_ASSIGNED: _l("Giao người phụ trách"),
    A.CASE_VERIFIED: _l("Ghi kết quả xác minh"),
    A.CASE_ASSESSED: _l("Đánh giá nguy cơ"),
    A.RISK_OVERRIDE_DECIDED: _l("Trả lời đề nghị hạ mức nguy cơ"),
    A.MEASURE_RECORDED: _l("Ghi biện pháp"),
    A.MEETING_RECORDED: _l("Ghi cuộc họp"),
    A.PLAN_CHANGED: _l("Lập, sửa kế hoạch"),
    A.PLAN_SUBMITTED: _l("Trình kế hoạch"),
    A.PLAN_DECIDED: _l("Quyết định về kế hoạch"),
    A.PLAN_VOIDED: _l("Sửa kế hoạch đã duyệt"),
    A.ACTIVITY_CHANGED: _l("Cập nhật hoạt động"),
    A.SEPARATION_CHANGED: _l("Ghi tạm thời cách ly"),
    A.CARE_CHANGED: _l("Ghi chăm sóc thay thế"),
    A.SHELTER_READ: _l("Xem địa chỉ nơi tạm trú an toàn"),
    A.SERVICE_RECORDED: _l("Ghi hỗ trợ đã nhận"),
    A.FOLLOW_UP_RECORDED: _l("Ghi lần theo dõi"),
    A.REVIEW_RECORDED: _l("Rà soát"),
    A.CLOSING_DECIDED: _l("Quyết định đóng hồ sơ"),
    A.CYCLE_STARTED: _l("Bắt đầu chu kỳ mới"),
    A.CASE_REOPENED: _l("Mở lại hồ sơ"),
    A.TRANSFER_OFFERED: _l("Đề nghị chuyển hồ sơ"),
    A.TRANSFER_ANSWERED: _l("Trả lời đề nghị chuyển hồ sơ"),
    A.DENIAL_CHANGED: _l("Chặn, bỏ chặn một người"),
    A.ABSENCE_CHANGED: _l("Ghi vắng mặt, người làm thay"),
    A.FILE_ADDED: _l("Thêm tài liệu"),
    A.FILE_READ: _l("Xem tài liệu"),
    A.FILE_REMOVED: _l("Gỡ tài liệu"),
    A.DOSSIER_ORDERED: _l("Yêu cầu hồ sơ đầy đủ"),
    A.DOSSIER_READ: _l("Tải hồ sơ đầy đủ"),
    A.EXPORT_CHANGED: _l("Xin, duyệt, lập bản xuất danh sách"),
    A.CASES_EXPORTED: _l("Có trong bản xuất danh sách"),
    A.EXPORT_READ: _l("Tải bản xuất danh sách"),
    A.REGISTER_CHANGED: _l("Sửa danh sách hoàn cảnh đặc biệt"),
    A.REGISTER_LISTED: _l("Xem danh sách hoàn cảnh đặc biệt"),
    A.IMPORT_CHANGED: _l("Nhập từ bảng tính"),
    A.RECORDS_MERGED: _l("Gộp hai bản ghi"),
    A.RECORDS_SEPARATED: _l("Tách bản ghi đã gộp"),
    A.FAMILY_SHOWN: _l("Xem trẻ em cùng gia đình"),
    A.DOCUMENT_PRINTED: _l("In biểu mẫu"),
    A.AUDIT_READ: _l("Xem nhật ký kiểm tra"),
    A.DEADLINE_MISSED: _l("Quá hạn theo luật"),
    A.EXTENSION_ASKED: _l("Đề nghị gia hạn"),
    A.EXTENSION_DECIDED: _l("Trả lời đề nghị gia hạn"),
}

GROUPS: Mapping[str, tuple[LazyString, frozenset[AuditAction]]] = {
    "reads": (
        _l("Xem"),
        frozenset(
            {
                A.CASE_READ,
                A.CHILD_READ,
                A.CASES_LISTED,
                A.REPORT_STATE_READ,
                A.INFORMANT_READ,
                A.DUPLICATES_SHOWN,
                A.AUDIT_READ,
                A.SHELTER_READ,
                A.FILE_READ,
                A.DOSSIER_READ,
                A.REGISTER_LISTED,
                A.FAMILY_SHOWN,
            }
        ),
    ),
    "searches": (_l("Tìm kiếm"), frozenset({A.PEOPLE_SEARCHED, A.DUPLICATES_SHOWN})),
    "changes": (
        _l("Việc đã làm, sửa đổi"),
        frozenset(
            {
                A.CHILD_CHANGED,
                A.REPORT_RECEIVED,
                A.REPORT_ROUTED,
                A.REPORT_CORRECTED,
                A.CASE_OPENED,
                A.CASE_ASSIGNED,
                A.CASE_VERIFIED,
                A.CASE_ASSESSED,
                A.RISK_OVERRIDE_DECIDED,
                A.MEASURE_RECORDED,
                A.EXTENSION_ASKED,
                A.EXTENSION_DECIDED,
                A.MEETING_RECORDED,
                A.PLAN_CHANGED,
                A.PLAN_SUBMITTED,
                A.PLAN_DECIDED,
                A.PLAN_VOIDED,
                A.ACTIVITY_CHANGED,
                A.SEPARATION_CHANGED,
                A.CARE_CHANGED,
                A.SERVICE_RECORDED,
                A.FOLLOW_UP_RECORDED,
                A.REVIEW_RECORDED,
                A.CLOSING_DECIDED,
                A.CYCLE_STARTED,
                A.CASE_REOPENED,
                A.TRANSFER_OFFERED,
                A.TRANSFER_ANSWERED,
                A.FILE_ADDED,
                A.FILE_REMOVED,
                A.REGISTER_CHANGED,
                A.IMPORT_CHANGED,
                A.RECORDS_MERGED,
                A.RECORDS_SEPARATED,
            }
        ),
    ),
    "denials": (_l("Bị từ chối"), frozenset({A.DENIED, A.SIGN_IN_FAILED})),
    "prints": (
        _l("In, xuất"),
        frozenset(
            {
                A.DOCUMENT_PRINTED,
                A.DOSSIER_ORDERED,
                A.EXPORT_CHANGED,
                A.CASES_EXPORTED,
                A.EXPORT_READ,
            }
        ),
    ),
    "clocks": (_l("Quá hạn"), frozenset({A.DEADLINE_MISSED})),
    "accounts": (
        _l("Đăng nhập, tài khoản"),
        frozenset(
            {
                A.SIGNED_IN,
                A.SIGN_IN_FAILED,
                A.SIGNED_OUT,
                A.CONFIRMED,
                A.PASSWORD_CHANGED,
                A.FACTOR_CHANGED,
                A.USER_INVITED,
                A.USER_CHANGED,
                A.USER_DISABLED,
                A.UNIT_CHANGED,
                A.REFERENCE_CHANGED,
                A.ABSENCE_CHANGED,
                A.DENIAL_CHANGED,
            }
        ),
    ),
}


def action_label(action: str) -> str:
    """The words of an action; the code itself for one that a newer version wrote."""
    return str(ACTIONS[AuditAction(action)]) if action in set(AuditAction) else action
