"""What the work of referrals forbids, in words."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError


class ReferralChanged(DomainError):
    """Somebody was faster, or it is not a step from this state. Names who, where somebody was."""

    message: LazyString | str = _l("Phiếu chuyển gửi này không còn ở bước đó. Hãy tải lại trang.")

    def __init__(self, message: LazyString | str | None = None) -> None:
        super().__init__()
        if message is not None:
            self.message = message


class ReferralAnswered(ReferralChanged):
    """Two officers at once: the second is told who was first."""

    def __init__(self, state: LazyString | str, by: str | None, at: str) -> None:
        if by is None:
            super().__init__(
                _l("Phiếu này đã chuyển sang “%(state)s” lúc %(at)s.", state=state, at=at)
            )
        else:
            super().__init__(
                _l(
                    "%(by)s đã trả lời trước bạn, lúc %(at)s: “%(state)s”.",
                    by=by,
                    at=at,
                    state=state,
                )
            )


class ReferralRecalled(ReferralChanged):
    message = _l(
        "Nơi gửi đã thu hồi phiếu này, thông tin của trẻ em không còn mở cho đơn vị bạn."
        " Điều bạn vừa nhập chưa được gửi đi."
    )


class ReferralLapsed(ReferralChanged):
    message = _l("Phiếu này đã hết hạn vì không ai trả lời. Hãy liên hệ nơi gửi.")


class NotSentOn(DomainError):
    """A signed request to prosecute: it was written to one body."""

    message = _l(
        "Văn bản kiến nghị khởi tố chỉ gửi cơ quan ghi trong văn bản. Cần gửi nơi khác: soạn văn"
        " bản mới để Chủ tịch ký."
    )


class NothingToSend(DomainError):
    message = _l("Các phiếu của lần chuyển gửi này đã được gửi hoặc đã bỏ. Hãy tải lại trang.")


class ConsentEnded(DomainError):
    message = _l("Sự đồng ý này đã được rút lại hoặc đã hết hạn.")


class DisputePending(DomainError):
    message = _l("Phiếu này đang chờ Sở Y tế quyết định.")


class DisputeDecided(DomainError):
    message = _l("Việc này đã được quyết định rồi. Hãy tải lại trang.")


class AgreementEnded(DomainError):
    message = _l("Quy chế này đã chấm dứt hoặc đã có bản mới. Hãy tải lại trang.")


class HasAccount(DomainError):
    message = _l("Đơn vị nhận có tài khoản trong hệ thống: họ trả lời ở đó, không cần đường dẫn.")


class LinkRefused(DomainError):
    """The same words whether the link was guessed, ended, used elsewhere, or the code was wrong."""

    status = 422
    message = _l(
        "Mã không đúng, hoặc phiếu đã mở trên trình duyệt khác, hoặc đường dẫn không còn dùng được."
        " Hãy gọi nơi gửi."
    )


class LinkClosed(DomainError):
    status = 410
    message = _l(
        "Phiên làm việc này đã hết, hoặc phiếu không còn mở. Mở lại đường dẫn và nhập mã, hoặc gọi"
        " nơi gửi."
    )


class OtherReferral(DomainError):
    message = _l(
        "Trình duyệt này đang mở một phiếu khác, nên điều bạn vừa làm ở đây chưa được ghi. Mở lại"
        " đường dẫn của phiếu này và nhập mã."
    )


class RoomClosed(DomainError):
    message = _l(
        "Phòng phối hợp mở khi đơn vị bạn đã nhận phiếu, và đóng cùng thông tin của phiếu."
    )
