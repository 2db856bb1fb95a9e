"""What a file really is, and a copy of it without what its maker did not mean to send.

The work is done by a process of its own (`inspect_file.py`), bounded in memory and time, without
keys, settings, network or files; a file that breaks it is refused, and nothing else happens.
"""

import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from struct import Struct

from flask_babel import lazy_gettext as _l

from app.core.errors import InvalidInput
from app.documents.scanner import NotScanned, is_infected

INSPECTOR = Path(__file__).with_name("inspect_file.py")
HEAD = Struct(">HI")  # length of the verdict, length of the served copy
SECONDS = 20.0
MAX_BYTES = 20 * 1024 * 1024


class Fault(StrEnum):
    """Why a file is refused; the words are below."""

    TOO_LARGE = "too_large"
    EMPTY = "empty"
    TYPE = "type"
    BROKEN = "broken"
    PIXELS = "pixels"
    ACTIVE = "active"
    PAGES = "pages"
    LOCKED = "locked"
    MACROS = "macros"
    LINKED = "linked"
    BOMB = "bomb"
    VIRUS = "virus"
    UNSCANNED = "unscanned"
    # of workbooks that are to be read
    NO_BOOK = "no_book"
    OLD_OFFICE = "old_office"
    BOOK_BROKEN = "book_broken"
    BOOK_SIZE = "book_size"
    BOOK_SLOW = "book_slow"
    NO_ROWS = "no_rows"
    ROWS = "rows"
    SHEET = "sheet"


_WORDS = {
    Fault.TOO_LARGE: _l("Tệp lớn hơn 20 MB. Hãy chụp hoặc quét với độ phân giải thấp hơn."),
    Fault.EMPTY: _l("Tệp rỗng."),
    Fault.TYPE: _l("Chỉ nhận ảnh (jpg, png, webp), pdf, docx, xlsx, ghi âm m4a và phim mp4."),
    Fault.BROKEN: _l("Không đọc được tệp này. Hãy mở thử trên máy của bạn rồi gửi lại."),
    Fault.PIXELS: _l("Ảnh có quá nhiều điểm ảnh (trên 40 triệu). Hãy thu nhỏ ảnh."),
    Fault.ACTIVE: _l(
        "Tệp PDF có mã lệnh hoặc tệp khác bên trong nên không nhận. Hãy in ra PDF mới rồi gửi."
    ),
    Fault.PAGES: _l("Tệp PDF có trên 300 trang. Hãy chia nhỏ."),
    Fault.LOCKED: _l("Tệp có mật khẩu. Hãy bỏ mật khẩu rồi gửi lại: tệp được mã hóa khi lưu."),
    Fault.MACROS: _l(
        "Tệp có macro hoặc có tệp, đối tượng nhúng bên trong (OLE, ActiveX) nên không nhận. Hãy bỏ"
        " phần đó rồi lưu thành docx hoặc xlsx, hoặc in ra PDF."
    ),
    Fault.LINKED: _l(
        "Tệp lấy nội dung từ tệp hoặc trang khác (ảnh, bảng, mẫu được liên kết) nên không nhận. Với"
        " Excel: Dữ liệu, Sửa liên kết, Ngắt liên kết. Với Word: chép nội dung sang tệp mới, dán"
        " ảnh dạng ảnh; hoặc in ra PDF."
    ),
    Fault.BOMB: _l("Tệp nén quá lớn khi mở ra nên không nhận."),
    Fault.VIRUS: _l(
        "Máy quét tìm thấy mã độc trong tệp nên không nhận. Đừng mở tệp này; báo bộ phận công nghệ"
        " thông tin."
    ),
    Fault.UNSCANNED: _l("Chưa quét được mã độc nên chưa nhận tệp. Chờ vài phút rồi gửi lại."),
    Fault.NO_BOOK: _l(
        "Đây không phải bảng tính .xlsx. Hãy mở bằng Excel, chọn Lưu thành (Save As), loại"
        " Excel Workbook (.xlsx)."
    ),
    Fault.OLD_OFFICE: _l(
        "Tệp .xls kiểu cũ hoặc tệp có mật khẩu. Hãy mở bằng Excel, bỏ mật khẩu nếu có, rồi lưu"
        " thành Excel Workbook (.xlsx)."
    ),
    Fault.BOOK_BROKEN: _l(
        "Không đọc được bảng tính này: tệp hỏng hoặc không đúng chuẩn. Hãy mở bằng Excel và lưu"
        " thành tệp .xlsx mới."
    ),
    Fault.BOOK_SIZE: _l(
        "Tệp lớn hơn 20 MB. Hãy bỏ ảnh và các trang tính không cần, hoặc chia thành nhiều tệp."
    ),
    Fault.BOOK_SLOW: _l(
        "Trang tính quá lớn nên không đọc xong. Hãy chép riêng các dòng có trẻ em sang một tệp mới."
    ),
    Fault.NO_ROWS: _l("Bảng tính trống: không trang tính nào có dữ liệu."),
    Fault.ROWS: _l(
        "Bảng tính có nhiều dòng hơn mức cho phép. Hãy chép các dòng có số liệu sang tệp mới, hoặc"
        " chia thành nhiều tệp nhỏ hơn."
    ),
    Fault.SHEET: _l("Bảng tính không có trang tính này. Hãy chọn lại."),
}


class FileRefused(InvalidInput):
    """The file cannot be taken; the words say what to do. `field` is where it was chosen."""

    def __init__(self, fault: Fault, field: str = "file") -> None:
        super().__init__(field, _WORDS[fault])
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Examined:
    """`media_type` by its content, whatever its name said; `served` is what readers get."""

    media_type: str
    served: bytes


def examine(content: bytes, *, seconds: float = SECONDS) -> Examined:
    """Raises FileRefused."""
    if not content:
        raise FileRefused(Fault.EMPTY)
    if len(content) > MAX_BYTES:
        raise FileRefused(Fault.TOO_LARGE)
    require_clean(content)
    try:
        done = subprocess.run(  # noqa: S603  # our own file, no argument from outside
            [sys.executable, "-I", str(INSPECTOR)],
            input=content,
            capture_output=True,
            timeout=seconds,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileRefused(Fault.BROKEN) from None
    return answer_of(done.stdout)


def require_clean(content: bytes) -> None:
    """By the scanner, where there is one; one that does not answer lets nothing through. Raises
    FileRefused."""
    try:
        if is_infected(content):
            raise FileRefused(Fault.VIRUS)
    except NotScanned:
        raise FileRefused(Fault.UNSCANNED) from None


def answer_of(answer: bytes) -> Examined:
    """ "fault CODE" or "type MEDIA/TYPE", then the served copy."""
    if len(answer) < HEAD.size:
        raise FileRefused(Fault.BROKEN)
    said, served = HEAD.unpack_from(answer)
    verdict, _blank, value = answer[HEAD.size : HEAD.size + said].decode("ascii").partition(" ")
    if verdict != "type":
        raise FileRefused(Fault(value))
    content = answer[HEAD.size + said :]
    if len(content) != served:
        raise FileRefused(Fault.BROKEN)
    return Examined(value, content)
