"""Words of a report name no child: what looks like a number of a person or a case is refused."""

import re

from flask_babel import lazy_gettext as _l

from app.core.errors import InvalidInput

_GAP = r"[ .\-]?"
# 12 or 9 digits of an identity number, a phone, the number of a case
_PERSONAL = re.compile(
    rf"(?<!\d)(?:\d{_GAP}){{11}}\d(?!\d)"
    rf"|(?<!\d)(?:0|\+84{_GAP})[235789](?:{_GAP}\d){{8,9}}(?!\d)"
    r"|(?<!\d)\d{9}(?!\d)"
    r"|HY-\d{4}-\d{6}",
    re.IGNORECASE,
)


def names_somebody(text: str) -> bool:
    return _PERSONAL.search(text) is not None


def check_words(field: str, text: str | None) -> None:
    """Raises InvalidInput."""
    if text and names_somebody(text):
        raise InvalidInput(
            field,
            _l(
                "Phần này có số giống số định danh, số điện thoại hoặc mã hồ sơ. Báo cáo không"
                " nêu trẻ em hay gia đình nào: hãy bỏ số đó."
            ),
        )
