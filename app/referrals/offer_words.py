"""What an offer of the directory says, in words: on cards, on its form, after another saved."""

from collections.abc import Mapping, Sequence
from datetime import time

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.people.fields import commune_label
from app.reference.library import code_list
from app.referrals.models import ServiceOffer
from app.referrals.models.directory import CHILDHOOD

WEEK = tuple(str(day) for day in range(1, 8))
DAYS: Mapping[str, LazyString] = {
    "1": _l("Thứ Hai"),
    "2": _l("Thứ Ba"),
    "3": _l("Thứ Tư"),
    "4": _l("Thứ Năm"),
    "5": _l("Thứ Sáu"),
    "6": _l("Thứ Bảy"),
    "7": _l("Chủ nhật"),
}
DAYS_INSIDE: Mapping[str, LazyString] = {  # not at the beginning of a sentence
    "1": _l("thứ Hai"),
    "2": _l("thứ Ba"),
    "3": _l("thứ Tư"),
    "4": _l("thứ Năm"),
    "5": _l("thứ Sáu"),
    "6": _l("thứ Bảy"),
    "7": _l("Chủ nhật"),
}
SEXES: Mapping[str, LazyString] = {"female": _l("Chỉ nhận nữ"), "male": _l("Chỉ nhận nam")}
FIELDS: Mapping[str, LazyString] = {
    "age_from": _l("Nhận từ tuổi"),
    "age_to": _l("Đến tuổi"),
    "sex": _l("Giới tính"),
    "days": _l("Những ngày làm việc"),
    "opens": _l("Mở cửa lúc"),
    "closes": _l("Đóng cửa lúc"),
    "is_emergency": _l("Trực khẩn cấp ngày đêm"),
    "places": _l("Còn nhận được mấy em"),
    "communes": _l("Địa bàn phục vụ"),
    "phone": _l("Điện thoại trực"),
    "note": _l("Điều cần biết khi gửi"),
    "is_active": _l("Đang nhận chuyển gửi"),
}


def service_label(code: str) -> str:
    known = code_list("referral_services").by_code.get(code)
    return str(known.label) if known else code


def days_words(days: Sequence[str]) -> str:
    """Thứ Hai đến thứ Sáu; days that do not follow each other are listed."""
    known = [day for day in WEEK if day in days]
    if len(known) == len(WEEK):
        return str(_("Mọi ngày"))
    if len(known) > 2 and int(known[-1]) - int(known[0]) == len(known) - 1:
        return str(_("%(first)s đến %(last)s", first=DAYS[known[0]], last=DAYS_INSIDE[known[-1]]))
    names = [str((DAYS_INSIDE if i else DAYS)[day]) for i, day in enumerate(known)]
    return ", ".join(names)


def hours_words(days: Sequence[str], opens: time | None, closes: time | None) -> str:
    """Thứ Hai đến thứ Sáu, 07:30 đến 17:00. Without days there are no hours."""
    if not days:
        return ""
    if opens is None or closes is None:
        return str(_("%(days)s, cả ngày", days=days_words(days)))
    hours = _("%(opens)s đến %(closes)s", opens=_clock(opens), closes=_clock(closes))
    return f"{days_words(days)}, {hours}"


def whom_words(offer: ServiceOffer) -> str:
    """Whom it takes: ages, and girls or boys only."""
    ages = _("Từ %(low)s đến %(high)s tuổi", low=offer.age_from, high=offer.age_to)
    if (offer.age_from, offer.age_to) == (0, CHILDHOOD):
        ages = _("Mọi lứa tuổi")
    return f"{ages} · {SEXES[offer.sex]}" if offer.sex else str(ages)


def area_words(communes: Sequence[str], unit_commune: str | None) -> str:
    """The communes that it serves; of many the first three and how many there are."""
    if not communes:
        return commune_label(unit_commune) if unit_commune else str(_("Toàn tỉnh"))
    names = [commune_label(code) for code in communes]
    if len(names) <= 4:
        return ", ".join(names)
    first = ", ".join(names[:3])
    return str(_("%(first)s và %(n)s xã, phường khác", first=first, n=len(names) - 3))


def places_words(places: int | None) -> str:
    if places is None:
        return str(_("Không tính số chỗ"))
    if places <= 0:
        return str(_("Hết chỗ"))
    return str(_("Còn nhận %(n)s em", n=places))


def shown(name: str, value: object) -> str:
    """A column of an offer as it stands on its form."""
    if isinstance(value, bool):
        return str(_("Có") if value else _("Không"))
    if isinstance(value, time):
        return _clock(value)
    if name == "days":
        return days_words(value)  # type: ignore[arg-type]
    if name == "communes":
        return area_words(value, None) if value else str(_("Địa bàn của đơn vị"))  # type: ignore[arg-type]
    if name == "sex":
        return str(SEXES.get(str(value), _("Nhận cả nam và nữ")))
    if name == "places":
        return places_words(value)  # type: ignore[arg-type]
    return str(value if value is not None else _("bỏ trống"))


def _clock(value: time) -> str:
    return value.strftime("%H:%M")
