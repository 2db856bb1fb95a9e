"""The words of the board: targets, values, lights, the way that is left."""

from collections.abc import Mapping
from decimal import Decimal

from flask_babel import LazyString

from app.indicators.board_rules import Direction, Goal, Light, Standing, is_met, most_next_year
from app.indicators.models import ValueState
from app.indicators.plan24 import MeasureUnit, Part
from app.web.words import _, _l

LIGHTS: Mapping[Light, LazyString] = {
    Light.MET: _l("Đạt"),
    Light.ON_PATH: _l("Đúng lộ trình"),
    Light.BEHIND: _l("Chậm lộ trình"),
    Light.NO_START: _l("Chưa có mốc so sánh"),
    Light.MISSING: _l("Chưa có số liệu"),
}
TONES: Mapping[Light, tuple[str, str]] = {  # tone and icon
    Light.MET: ("ok", "circle-check"),
    Light.ON_PATH: ("go", "progress"),
    Light.BEHIND: ("danger", "alert-triangle"),
    Light.NO_START: ("warn", "help-circle"),
    Light.MISSING: ("locked", "circle"),
}
STATES: Mapping[ValueState, tuple[LazyString, str]] = {
    ValueState.DRAFTED: (_l("Chờ xác nhận"), "warn"),
    ValueState.CONFIRMED: (_l("Đã xác nhận"), "ok"),
    ValueState.RETURNED: (_l("Bị trả lại"), "danger"),
}
UNITS: Mapping[MeasureUnit, LazyString] = {
    MeasureUnit.PERCENT: _l("phần trăm"),
    MeasureUnit.PERMILLE: _l("trên 1.000 trẻ đẻ sống"),
    MeasureUnit.PER_100K: _l("trên 100.000 trẻ em"),
    MeasureUnit.WEDDINGS: _l("cuộc"),
}
_SHORT: Mapping[MeasureUnit, str] = {
    MeasureUnit.PERCENT: "%",
    MeasureUnit.PERMILLE: "‰",
    MeasureUnit.PER_100K: "/100.000",
}
_SMALL, _WITHOUT_DECIMALS = Decimal("0.1"), Decimal(10)


def plain(value: Decimal) -> str:
    """1.234,5: as it is, without zeros at the end."""
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.translate(str.maketrans(",.", ".,"))


def rounded(value: Decimal, places: int = 2) -> str:
    return plain(round(value, places))


def decimal_words(value: Decimal) -> str:
    """“67,74”, “80”, “0,005”: two decimals, of small ones four, without zeros at the end."""
    return rounded(value, 2 if abs(value) >= _SMALL else 4)


def shown(value: Decimal, unit: MeasureUnit) -> str:
    """46,2%; 9,1‰; 120 cuộc."""
    if unit is MeasureUnit.WEDDINGS:
        return _("%(n)s cuộc", n=plain(value))
    return decimal_words(value) + _SHORT[unit]


def about(value: Decimal, unit: MeasureUnit) -> str:
    """khoảng 67%; khoảng 1,17%: of figures that were rounded; as many decimals as say something."""
    places = 0 if value >= _WITHOUT_DECIMALS else 2 if value >= _SMALL else 4
    return _("khoảng %(value)s", value=shown(round(value, places), unit))


def unit_words(unit: MeasureUnit) -> str:
    return str(UNITS[unit])


def target_words(part: Part) -> str:
    """dưới 9‰; từ 75% trở lên; duy trì 100%; giảm 4-5% mỗi năm."""
    if part.is_yearly:
        high = f"-{plain(part.target_high)}" if part.target_high is not None else ""
        return _("giảm %(low)s%(high)s%% mỗi năm", low=plain(part.target), high=high)
    value = shown(part.target, part.unit)
    match part.direction:
        case Direction.AT_LEAST:
            at_all = part.factor is not None and part.target == part.factor
            return value if at_all else _("từ %(value)s trở lên", value=value)
        case Direction.AT_MOST:
            return _("không quá %(value)s", value=value)
        case Direction.BELOW:
            return _("dưới %(value)s", value=value)
        case Direction.ABOVE:
            return _("trên %(value)s", value=value)
        case Direction.KEEP:
            return _("duy trì %(value)s", value=value)


def way_words(part: Part, goal: Goal, standing: Standing, *, is_sentence: bool = False) -> str:
    """About what is still needed each year until the target: with two digits that say something."""
    if standing.value is None or standing.year is None:
        return ""
    if part.is_yearly:
        if standing.year >= goal.year:
            return ""
        most = int(most_next_year(goal, standing.value))
        return _("Năm %(year)s: nhiều nhất %(n)s cuộc", year=standing.year + 1, n=most)
    if is_met(goal, standing.value):
        return _("Giữ mức đã đạt")
    if standing.step is None:
        return _("Đã hết thời gian của kế hoạch")
    values = {"step": _two_digits(abs(standing.step)), "unit": _of_step(part.unit)}
    if standing.step == 0:
        return _("Giảm thêm để xuống %(target)s", target=target_words(part))
    return _step_words(standing.step > 0, is_sentence, values)


def _step_words(is_up: bool, is_sentence: bool, values: Mapping[str, str]) -> str:
    if is_sentence and is_up:
        return _("Còn phải tăng khoảng %(step)s%(unit)s mỗi năm để đạt mục tiêu", **values)
    if is_sentence:
        return _("Còn phải giảm khoảng %(step)s%(unit)s mỗi năm để đạt mục tiêu", **values)
    if is_up:
        return _("Tăng khoảng %(step)s%(unit)s mỗi năm", **values)
    return _("Giảm khoảng %(step)s%(unit)s mỗi năm", **values)


def _two_digits(step: Decimal) -> str:
    """11,64: 12; 1,08: 1,1; 0,002: 0,002."""
    return rounded(step, max(0, 1 - step.adjusted())) if step else plain(step)


def _of_step(unit: MeasureUnit) -> str:
    return _(" điểm phần trăm") if unit is MeasureUnit.PERCENT else _SHORT.get(unit, "")


def light_words(light: Light, *, is_released: bool, is_over: bool = False) -> str:
    """`is_over`: the year of the target has come."""
    if light is Light.MISSING and is_released:
        return _("Chưa có số liệu công bố")
    if light is Light.BEHIND and is_over:
        return _("Không đạt")
    return str(LIGHTS[light])


def basis_words(part: Part, standing: Standing, *, has_baseline: bool, milestones: int) -> str:
    """What the way is measured from: said where it is not what somebody set."""
    if part.is_yearly:
        return _yearly_basis(standing)
    words = [] if milestones else [_("chưa có mốc từng năm")]
    if has_baseline and standing.start is not None:
        words.insert(0, _("tính từ mốc gốc năm %(year)s", year=standing.start[0]))
    elif standing.start is not None and standing.light is not Light.NO_START:
        year = standing.start[0]
        words.insert(0, _("chưa có mốc gốc, tính từ số liệu đầu tiên, năm %(year)s", year=year))
    else:
        words.insert(0, _("chưa có mốc gốc"))
    text = "; ".join(words)
    return f"{text[:1].upper()}{text[1:]}."


def _yearly_basis(standing: Standing) -> str:
    if standing.year is None:
        return ""
    if standing.reached is None:
        if standing.light is Light.NO_START:
            return _("Chưa có số liệu năm %(year)s để so.", year=standing.year - 1)
        return _("Năm %(year)s không có cuộc nào.", year=standing.year - 1)
    text = rounded(abs(standing.reached))
    if standing.reached < 0:
        return _("Tăng %(n)s%% so với năm %(year)s.", n=text, year=standing.year - 1)
    return _("Giảm %(n)s%% so với năm %(year)s.", n=text, year=standing.year - 1)
