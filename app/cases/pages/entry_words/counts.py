"""The row of totals of an assessment in words."""

from collections.abc import Mapping

from app.reference.library import code_list
from app.web.words import _


def counts_words(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Tổn hại: 2 Cao. Tự bảo vệ: 1 Trung bình, 1 Thấp."""
    harm = _levels(counts.get("harm") or {})
    protect = _levels(counts.get("protect") or {})
    words = [_("Tổn hại: %(levels)s.", levels=harm)] if harm else []
    if protect:
        words.append(_("Tự bảo vệ: %(levels)s.", levels=protect))
    return " ".join(words)


def _levels(counts: Mapping[str, int]) -> str:
    risk = code_list("risk_levels")
    return ", ".join(
        f"{counts[code]} {risk.by_code[code].short}"
        for code in ("HIGH", "MEDIUM", "LOW")
        if counts.get(code)
    )
