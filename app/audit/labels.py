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
            }
        ),
    ),
    "denials": (_l("Bị từ chối"), frozenset({A.DENIED, A.SIGN_IN_FAILED})),
    "prints": (_l("In"), frozenset({A.DOCUMENT_PRINTED})),
    "clocks": (_l("Quá hạn"), frozenset({A.DEADLINE_MISSED})),
    "accounts": (
        _l("Đăng nhập, tài khoản"),
        frozenset(
            {
                A.SIGNED_IN,
                A.SIGN_IN_FAILED,
                A.SIGNED_OUT,
                A.PASSWORD_CHANGED,
                A.FACTOR_CHANGED,
                A.USER_INVITED,
                A.USER_CHANGED,
                A.USER_DISABLED,
                A.UNIT_CHANGED,
                A.REFERENCE_CHANGED,
            }
        ),
    ),
}


def action_label(action: str) -> str:
    """The words of an action; the code itself for one that a newer version wrote."""
    return str(ACTIONS[AuditAction(action)]) if action in set(AuditAction) else action
