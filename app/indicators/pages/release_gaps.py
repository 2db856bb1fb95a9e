"""Tables that a release does not have, and why: who approves it and who reads it are told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.indicators.definitions import TOO_LARGE, IndicatorsFile
from app.indicators.models import CurrentTable, Release, ReleaseTable
from app.indicators.pages.table_words import AUDIENCES, table_title
from app.indicators.queries.released import shown_or_not
from app.indicators.tables import Audience, Mark
from app.web.words import _, _l

TOO_LARGE_WORDS = _l(
    "Bảng quá nhiều ô nên máy không chứng minh được số nhỏ vẫn kín. Các bảng chia ít hơn của cùng"
    " chỉ tiêu vẫn được công bố."
)
ALL_HIDDEN = _l(
    "Ẩn hết: không cách nào để lại một ô có số mà vẫn giữ kín số nhỏ, khi ghép bảng này với các"
    " bảng và báo cáo đã công bố."
)
WHY: Mapping[str, LazyString] = {
    "CannotProtect": _l(
        "Không tìm được cách ẩn nào giữ kín mọi số nhỏ khi ghép bảng này với các bảng và báo cáo"
        " đã công bố."
    ),
    "BrokenTable": _l("Số đếm trong bảng không khớp nhau nên không công bố. Cần kiểm tra dữ liệu."),
}


@dataclass(frozen=True, slots=True)
class Gaps:
    """Titles of tables. No figure of them is shown. `lost`: the edition before shows some;
    `others`: it does not either."""

    lost: Sequence[str]
    others: Sequence[str]


@dataclass(frozen=True, slots=True)
class Withheld:
    """A table of which no figure is given out, and why."""

    code: str
    title: str
    why: str


def withheld_of(
    rows: Sequence[ReleaseTable] | Sequence[CurrentTable], rules: IndicatorsFile
) -> list[Withheld]:
    """Among the tables that were made together: what could not be protected, or was too large."""
    why = {row.code: why_none(row) for row in rows if row.table is None}
    why |= dict.fromkeys(too_large([row.code for row in rows], rules), str(TOO_LARGE_WORDS))
    return [Withheld(one, table_title(one, rules), why[one]) for one in rules.tables if one in why]


def gaps_of(session: Session, release: Release, rules: IndicatorsFile) -> Gaps:
    ids = [release.id, *([release.base_id] if release.base_id else [])]
    found = shown_or_not(session, ids)
    made = found[release.id]
    before = {one for one, is_shown in found.get(ids[-1], {}).items() if is_shown}
    lost = before - {one for one, is_shown in made.items() if is_shown}
    others = {one for one, is_shown in made.items() if not is_shown} - lost
    return Gaps(_titles(lost, rules), _titles(others, rules)) if made else Gaps((), ())


def _titles(found: Collection[tuple[str, Audience]], rules: IndicatorsFile) -> list[str]:
    titles = []
    for code in rules.tables:
        of = [one for one in Audience if (code, one) in found]
        if len(of) == 1:
            title, audience = table_title(code, rules), AUDIENCES[of[0]]
            titles.append(_("%(table)s (%(audience)s)", table=title, audience=audience))
        elif of:
            titles.append(table_title(code, rules))
    return titles


def why_none(row: ReleaseTable | CurrentTable) -> str:
    """Nothing where some of its figures are shown."""
    if row.certificate is None or row.content is None:
        return str(WHY.get(row.problem or "", WHY["CannotProtect"]))
    return "" if Mark.OPEN in row.content["marks"] else str(ALL_HIDDEN)


def never_made(made: Collection[str], rules: IndicatorsFile) -> list[tuple[str, str, None, str]]:
    """(code, title, no address, why) of what is too large, where other tables were made."""
    words = _("Không có: %(why)s", why=TOO_LARGE_WORDS)
    return [(one, table_title(one, rules), None, words) for one in too_large(made, rules)]


def too_large(made: Collection[str], rules: IndicatorsFile) -> list[str]:
    if not made:
        return []
    return [code for code in rules.tables if code in TOO_LARGE and code not in made]
