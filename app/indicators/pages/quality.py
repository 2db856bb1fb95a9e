"""Contradictions and completeness in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString

from app.cases.pages.links import link
from app.indicators.models import Contradiction, Field
from app.indicators.queries.quality import FoundCase, Known
from app.reference.communes import UnknownCommune, commune
from app.web.filters import vn_date
from app.web.words import _, _l

WORST = 12  # communes that are shown at once

TITLES: Mapping[Contradiction, LazyString] = {
    Contradiction.BORN_AFTER: _l("Sinh sau năm xảy ra vụ việc"),
    Contradiction.SUPPORTED_BEFORE: _l("Hỗ trợ trước khi tiếp nhận"),
    Contradiction.CLOSED_UNREVIEWED: _l("Đóng mà chưa rà soát"),
    Contradiction.SAME_CHILD: _l("Một trẻ em hai lần"),
    Contradiction.PAST_CHILDHOOD: _l("Quá tuổi trẻ em mà vẫn trong nhóm"),
    Contradiction.ENDED_BEFORE: _l("Ra khỏi nhóm trước khi vào"),
    Contradiction.NO_FORM: _l("Bị xâm hại nhưng không rõ hình thức"),
}
WAYS: Mapping[Contradiction, LazyString] = {
    Contradiction.BORN_AFTER: _l(
        "Năm sinh lớn hơn năm của vụ việc. Sửa năm sinh, hoặc ngày xảy ra trong Mẫu số 01."
    ),
    Contradiction.SUPPORTED_BEFORE: _l(
        "Một dòng hỗ trợ có ngày trước ngày nhận tin. Sửa ngày của dòng hỗ trợ, hoặc gạch bỏ."
    ),
    Contradiction.CLOSED_UNREVIEWED: _l(
        "Không có rà soát nào được Chủ tịch xác nhận. Mở lại hồ sơ để rà soát."
    ),
    Contradiction.SAME_CHILD: _l(
        "Trẻ em khác có cùng số định danh. Gộp hai hồ sơ, hoặc sửa số định danh."
    ),
    Contradiction.PAST_CHILDHOOD: _l("Đã qua năm tròn 16 tuổi. Ghi ngày ra khỏi nhóm."),
    Contradiction.ENDED_BEFORE: _l("Ngày ra khỏi nhóm trước ngày vào. Sửa một trong hai ngày."),
    Contradiction.NO_FORM: _l(
        "Không có hình thức xâm hại thì không đếm được theo hình thức. Bổ sung trong Mẫu số 01."
    ),
}
FIELDS: Mapping[Field, LazyString] = {
    Field.SEX: _l("Giới tính"),
    Field.BIRTH_YEAR: _l("Năm sinh"),
    Field.RESIDENCE: _l("Nơi cư trú"),
    Field.EVENT_COMMUNE: _l("Nơi xảy ra"),
    Field.SETTING: _l("Môi trường xâm hại"),
    Field.RELATION: _l("Quan hệ với người gây hại"),
}


@dataclass(frozen=True, slots=True)
class KindLine:
    title: str
    way: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class CommuneLine:
    """`shares` in the order of FIELDS: whole percent, None where there is nothing to know."""

    name: str
    shares: Sequence[int | None]

    @property
    def is_complete(self) -> bool:
        return all(share in (None, 100) for share in self.shares)

    @property
    def rank(self) -> float:
        known = [share for share in self.shares if share is not None]
        return sum(known) / len(known) if known else 101


@dataclass(frozen=True, slots=True)
class CaseLine:
    number: str
    url: str
    where: str
    opened: str


@dataclass(frozen=True, slots=True)
class QualityPage:
    kinds: Sequence[KindLine]
    clear: Sequence[str]
    fields: Sequence[str]
    province: CommuneLine | None
    worst: Sequence[CommuneLine]
    others: Sequence[CommuneLine]
    counted: datetime | None


def quality_page(
    counts: Mapping[Contradiction, int], known: Sequence[Known], counted: datetime | None
) -> QualityPage:
    lines = sorted(_communes(known), key=lambda line: (line.rank, line.name))
    is_one = len(lines) == 1
    worst = [line for line in lines if is_one or not line.is_complete][:WORST]
    return QualityPage(
        kinds=[_kind(kind, counts[kind]) for kind in Contradiction if counts.get(kind)],
        clear=[str(TITLES[kind]) for kind in Contradiction if not counts.get(kind)],
        fields=[str(words) for words in FIELDS.values()],
        province=_line(_("Toàn tỉnh"), known) if lines and not is_one else None,
        worst=worst,
        others=lines[len(worst) :],
        counted=counted,
    )


def case_lines(found: Iterable[FoundCase]) -> list[CaseLine]:
    return [
        CaseLine(
            number=one.number,
            url=link("cases.show", case_id=one.case_id),
            where=_name(one.commune_code or ""),
            opened=vn_date(one.opened_at),
        )
        for one in found
    ]


def _kind(kind: Contradiction, count: int) -> KindLine:
    url = link("quality.cases", kind=kind.value)
    return KindLine(str(TITLES[kind]), str(WAYS[kind]), count, url)


def _communes(known: Sequence[Known]) -> Iterable[CommuneLine]:
    for code in {one.commune_code for one in known}:
        yield _line(_name(code), [one for one in known if one.commune_code == code])


def _line(name: str, known: Sequence[Known]) -> CommuneLine:
    return CommuneLine(name, [_share(field, known) for field in FIELDS])


def _share(field: Field, known: Sequence[Known]) -> int | None:
    """Rounded down: 100 % is said of what is complete only."""
    of = sum(one.of_all for one in known if one.field is field)
    return sum(one.known for one in known if one.field is field) * 100 // of if of else None


def _name(code: str) -> str:
    try:
        return commune(code).label
    except UnknownCommune:
        return _("Chưa chuyển về xã, phường")
