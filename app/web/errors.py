"""Error pages: calm, in the user's language, saying what to do. None touches the database."""

from math import ceil
from typing import NamedTuple
from urllib.parse import quote

import psycopg
from flask import Flask, Response, current_app, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from app.core.errors import DomainError, InvalidInput
from app.web.headers import secure
from app.web.page import page_defaults
from app.web.responses import is_htmx, safe_next

SIGN_IN = "/auth/sign-in"


class Words(NamedTuple):
    """What an error page says: what happened, and what to do now."""

    title: LazyString
    advice: LazyString


WORDS = {
    400: Words(
        _l("Không gửi được trang này"),
        _l("Quay lại trang trước, tải lại trang rồi gửi lại. Những gì đã gõ thường vẫn còn ở đó."),
    ),
    401: Words(
        _l("Bạn cần đăng nhập lại"),
        _l(
            "Những gì đã gõ vẫn còn. Mở thẻ mới để đăng nhập bằng chính tài khoản của bạn, rồi quay"
            " lại đây và gửi lại (nếu không còn thấy biểu mẫu: tải lại trang này)."
        ),
    ),
    403: Words(
        _l("Bạn không có quyền làm việc này"),
        _l("Nếu công việc cần đến, hãy nhờ người phụ trách đơn vị cấp quyền."),
    ),
    404: Words(
        _l("Không tìm thấy trang này"),
        _l("Có thể địa chỉ sai, hoặc hồ sơ không thuộc phạm vi của bạn."),
    ),
    405: Words(
        _l("Trang này không mở theo cách đó được"),
        _l("Hãy đi từ trang chủ hoặc quay lại trang trước."),
    ),
    409: Words(
        _l("Có người vừa thay đổi nội dung này"),
        _l("Quay lại trang trước, tải lại để xem bản mới nhất rồi làm tiếp."),
    ),
    410: Words(_l("Nội dung này không còn nữa"), _l("Hãy quay về trang chủ.")),
    413: Words(
        _l("Nội dung gửi lên quá lớn"),
        _l("Quay lại trang trước, rút gọn phần đã gõ hoặc chọn tệp nhỏ hơn rồi gửi lại."),
    ),
    422: Words(
        _l("Có thông tin chưa hợp lệ"),
        _l("Quay lại trang trước, xem lại những gì đã gõ rồi gửi lại."),
    ),
    423: Words(
        _l("Màn hình đang khóa"),
        _l("Mở khóa bằng mật khẩu hoặc khóa truy cập rồi gửi lại. Những gì đã gõ vẫn còn."),
    ),
    429: Words(
        _l("Bạn thao tác quá nhanh"),
        _l("Chờ một phút rồi thử lại. Không có gì bị mất."),
    ),
    500: Words(
        _l("Hệ thống gặp lỗi"),
        _l("Lỗi đã được ghi lại. Hãy thử lại; nếu vẫn lỗi, báo mã dưới đây cho người quản trị."),
    ),
    503: Words(
        _l("Hệ thống đang bận"),
        _l("Chờ một lát rồi tải lại trang. Những gì đã lưu vẫn an toàn."),
    ),
}
_EXPIRED = Words(
    _l("Trang đã mở quá lâu, hoặc từ một lần đăng nhập khác"),
    _l(
        "Chưa có gì được lưu. Quay lại trang trước, chép lại những gì đã gõ, tải lại trang, dán vào"
        " rồi gửi lại."
    ),
)


_COLLISION = Words(
    _l("Hai người vừa ghi cùng lúc"),
    _l(
        "Chưa có gì được lưu, những gì đã gõ vẫn còn: hãy gửi lại (nếu không còn thấy biểu mẫu: tải"
        " lại trang này)."
    ),
)
_COLLISIONS = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


def error_page(
    status: int,
    words: Words,
    message: LazyString | str | None = None,
    advice: LazyString | str | None = None,
    above: str | None = None,
) -> Response:
    """The page, or for htmx a notice above the form, which stays as it was typed. `above`: the
    address of the page that the one asked for belongs to."""
    template = "errors/_notice.html" if is_htmx() else "errors/error.html"
    body = current_app.jinja_env.get_template(template).render(
        **page_defaults(),
        status=status,
        heading=message or words.title,
        advice=advice if message else words.advice,
        above=above,
    )
    response = make_response(body, status)
    if is_htmx():
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML show:top"
    return secure(response)


def sign_in_first(_error: HTTPException) -> ResponseReturnValue:
    """A page asked for leads through the sign-in page; a form sent stays, to be sent again."""
    if request.method not in {"GET", "HEAD"} or is_htmx():
        return error_page(401, WORDS[401])
    target = safe_next(request.path)
    return redirect(SIGN_IN if target == "/" else f"{SIGN_IN}?next={target}", code=302)


def show_http_error(error: HTTPException) -> ResponseReturnValue | WerkzeugResponse:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    above = _page_above() if status == 405 else None
    response = error_page(status, _words_of(status), above=above)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _page_above() -> str | None:
    """The nearest page above an address to which things are only sent, as "…/accept" of a report:
    it stays in the browser after a refusal."""
    known, parts = current_app.create_url_adapter(request), request.path.rstrip("/").split("/")
    above = ("/".join(parts[:end]) for end in range(len(parts) - 1, 1, -1))
    return next((quote(path) for path in above if known and known.test(path, "GET")), None)


def show_expired(_error: CSRFError) -> ResponseReturnValue:
    return error_page(400, _EXPIRED)


def show_domain_error(error: DomainError) -> ResponseReturnValue:
    text = error.text if isinstance(error, InvalidInput) else error.message
    response = error_page(error.status, _words_of(error.status), text, error.advice)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(ceil(error.retry_after.total_seconds()))
    return response


def show_conflict(_error: StaleDataError) -> ResponseReturnValue:
    return error_page(409, _COLLISION)


def show_unavailable(error: Exception) -> ResponseReturnValue:
    """The database cannot be reached, is too slow, or its disk is full; or two requests waited for
    each other and it let one of them go."""
    if isinstance(getattr(error, "orig", error), _COLLISIONS):
        return error_page(409, _COLLISION)
    current_app.logger.error("database unavailable", exc_info=error)
    response = error_page(503, WORDS[503])
    response.headers["Retry-After"] = "10"
    return response


def _words_of(status: int) -> Words:
    return WORDS.get(status) or WORDS[400 if status < 500 else 500]


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(401, sign_in_first)
    app.register_error_handler(CSRFError, show_expired)
    app.register_error_handler(DomainError, show_domain_error)
    app.register_error_handler(StaleDataError, show_conflict)
    for unavailable in (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError):
        app.register_error_handler(unavailable, show_unavailable)
