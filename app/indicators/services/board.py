"""Values of the 24 indicators: entered, corrected, confirmed or returned by another person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.cases.queries.changes import who_when
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.core.sealed import DataKey
from app.documents.examine import Examined
from app.documents.models import Copy, StoredFile
from app.documents.vault import keep_file, read_file
from app.indicators.models import BoardValue, ValueState
from app.indicators.models.board import DECIMALS, ValueDecided
from app.indicators.plan24 import MeasureUnit, Part, plan
from app.indicators.queries.board import newest_value

_ENTERING = 2_507  # the first number of the lock: values of the board
_COMPUTED = 2  # decimals of a value that only its counts were given for


@dataclass(frozen=True, slots=True)
class Evidence:
    """`content` as it came, `examined` what it is."""

    content: bytes
    examined: Examined


@dataclass(frozen=True, slots=True)
class ValueData:
    """`value` may be left out where both counts are given."""

    year: int
    value: Decimal | None
    numerator: int | None
    denominator: int | None
    source: str
    source_on: date
    reason: str | None = None
    evidence: Evidence | None = None


def save_value(
    session: Session, *, actor: Actor, part: Part, data: ValueData, expected: int, now: datetime
) -> BoardValue:
    """Add a version on top of the `expected` ones; it counts once another person confirms it.

    A correction keeps the evidence of the version before unless it brings its own. Raises
    InvalidInput; StaleEdit with what another person saved meanwhile.
    """
    _lock(session, part, data.year)
    last = newest_value(session, part.code, data.year)
    version = last.version if last else 0
    if version != expected:
        raise StaleEdit(_theirs(session, last), version)
    value = check_value(part, data, now, is_correction=last is not None)
    saved = BoardValue(
        part=part.code,
        year=data.year,
        version=version + 1,
        plan_version=plan().version,
        value=value,
        numerator=data.numerator,
        denominator=data.denominator,
        source=data.source,
        source_on=data.source_on,
        reason=data.reason if last else None,
        file_id=last.file_id if last else None,
        typed_at=now,
        by_id=actor.id,
        state=ValueState.DRAFTED,
    )
    return _keep(session, actor, saved, data.evidence, now)


def _keep(
    session: Session, actor: Actor, saved: BoardValue, evidence: Evidence | None, now: datetime
) -> BoardValue:
    facts: dict[str, object] = {}
    if evidence is not None:
        stored = _sealed(session, actor, evidence, now)
        saved.file_id, facts["sha256"] = stored.id, stored.sha256.hex()
    session.add(saved)
    session.flush()
    tell(session, actor, saved, "entered" if saved.version == 1 else "corrected", now, **facts)
    return saved


def _sealed(session: Session, actor: Actor, evidence: Evidence, now: datetime) -> StoredFile:
    """Under a key of its own: no child's."""
    key = DataKey.new()
    session.add(key)
    return keep_file(
        session,
        key=key,
        original=evidence.content,
        examined=evidence.examined,
        by_id=actor.id,
        now=now,
    )


def check_value(
    part: Part, data: ValueData, now: datetime, *, is_correction: bool = False
) -> Decimal:
    """The value to keep. Raises InvalidInput with all that is refused."""
    check_year(data.year, now)
    problems = value_problems(part, data, now, is_correction=is_correction)
    if problems:
        first, *first.more = problems
        raise first
    return _value_of(part, data)


def value_problems(
    part: Part, data: ValueData, now: datetime, *, is_correction: bool
) -> list[InvalidInput]:
    """In the order of the form."""
    found = [*_problems_of_value(part, data), *_problems_of_source(data, now)]
    if is_correction and not data.reason:
        found.append(InvalidInput("reason", _l("Ghi vì sao sửa số liệu đã nhập.")))
    return found


def _problems_of_source(data: ValueData, now: datetime) -> Iterator[InvalidInput]:
    if data.source_on > clock.local(now).date():
        yield InvalidInput("source_on", _l("Ngày của nguồn chưa đến."))
    if data.source_on.year < data.year:
        yield InvalidInput("source_on", _l("Nguồn không thể có trước năm của số liệu."))


def _problems_of_value(part: Part, data: ValueData) -> Iterator[InvalidInput]:
    try:
        value = _value_of(part, data)
    except InvalidInput as error:
        yield error
        return
    if value < 0:
        yield InvalidInput("value", _l("Số liệu không thể là số âm."))
    elif value > part.most:
        yield InvalidInput("value", _too_large(part))
    elif part.unit is MeasureUnit.WEDDINGS and value != int(value):
        yield InvalidInput("value", _l("Số cuộc tảo hôn là số nguyên."))


def check_year(year: int, now: datetime) -> None:
    """Raises InvalidInput."""
    if year > clock.local(now).year:
        raise InvalidInput("year", _l("Năm %(year)s chưa đến nên chưa nhập được.", year=year))
    if year < plan().first_year:
        first = plan().first_year
        raise InvalidInput("year", _l("Chỉ nhập từ năm %(year)s.", year=first))


def _too_large(part: Part) -> str:
    words: dict[MeasureUnit, str] = {
        MeasureUnit.PERCENT: _("Tỷ lệ không thể lớn hơn 100 phần trăm."),
        MeasureUnit.PERMILLE: _("Tỷ suất trên 1.000 không thể lớn hơn 1.000."),
        MeasureUnit.PER_100K: _("Tỷ suất trên 100.000 không thể lớn hơn 100.000."),
        MeasureUnit.WEDDINGS: _("Số này quá lớn. Hãy xem lại."),
    }
    return words[part.unit]


def _value_of(part: Part, data: ValueData) -> Decimal:
    """As typed, agreeing with the counts; or from the counts alone."""
    computed = _computed(part, data)
    if data.value is None:
        if computed is None:
            raise InvalidInput("value", _l("Ghi giá trị, hoặc ghi cả tử số và mẫu số."))
        return computed.quantize(Decimal(1).scaleb(-_COMPUTED), ROUND_HALF_UP)
    if _places(data.value) > DECIMALS:
        raise InvalidInput("value", _l("Ghi nhiều nhất 4 chữ số sau dấu phẩy."))
    if computed is not None and abs(computed - data.value) > _tolerance(data.value):
        shown = f"{computed:.{max(_COMPUTED, _places(data.value))}f}".replace(".", ",")
        raise InvalidInput(
            "value",
            _l("Tử số và mẫu số cho %(value)s. Hãy sửa một trong ba số.", value=shown),
        )
    return data.value


def _computed(part: Part, data: ValueData) -> Decimal | None:
    """What the counts give; None without them. Raises InvalidInput."""
    top, bottom = data.numerator, data.denominator
    if top is None and bottom is None:
        return None
    if part.factor is None:
        raise InvalidInput("numerator", _l("Phần này là số đếm: chỉ ghi giá trị."))
    if top is None or bottom is None:
        missing = "numerator" if top is None else "denominator"
        raise InvalidInput(missing, _l("Ghi cả tử số và mẫu số, hoặc bỏ trống cả hai."))
    if bottom <= 0:
        raise InvalidInput("denominator", _l("Mẫu số phải lớn hơn 0."))
    if top < 0:
        raise InvalidInput("numerator", _l("Tử số không thể là số âm."))
    return Decimal(top) * part.factor / bottom


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _tolerance(value: Decimal) -> Decimal:
    """Half of the last digit that was typed."""
    return Decimal("0.5").scaleb(-_places(value))


def confirm_value(session: Session, *, actor: Actor, value: BoardValue, now: datetime) -> None:
    """By another person than who typed it. Raises ValueDecided, OwnValue."""
    _decide(session, actor, value, ValueState.CONFIRMED, None, now)
    tell(session, actor, value, "confirmed", now)


def return_value(
    session: Session, *, actor: Actor, value: BoardValue, answer: str, now: datetime
) -> None:
    """Ask for it anew, with a reason. Raises ValueDecided, OwnValue."""
    _decide(session, actor, value, ValueState.RETURNED, answer, now)
    tell(session, actor, value, "returned", now)


def _decide(
    session: Session,
    actor: Actor,
    value: BoardValue,
    state: ValueState,
    answer: str | None,
    now: datetime,
) -> None:
    _lock(session, plan().by_code[value.part], value.year)
    session.refresh(value, with_for_update=True)
    last = newest_value(session, value.part, value.year)
    if last is None or last.id != value.id:
        raise ValueDecided
    value.decide(state, by=actor.id, answer=answer, now=now)
    session.flush()


def open_evidence(session: Session, *, actor: Actor, value: BoardValue, now: datetime) -> bytes:
    """The stripped copy, and its reading on the log. `value` comes with its file."""
    if value.file is None:
        raise ValueError("no evidence")
    data = {"part": value.part, "year": value.year, "version": value.version}
    record(session, actor, AuditAction.EVIDENCE_READ, at=now, subject_id=value.id, data=data)
    return read_file(session, value.file, Copy.SERVED)


def _lock(session: Session, part: Part, year: int) -> None:
    """Who enters or decides the same value at once waits here until the transaction ends."""
    place = list(plan().by_code).index(part.code)
    session.execute(select(func.pg_advisory_xact_lock(_ENTERING, year * 100 + place)))


def _theirs(session: Session, last: BoardValue | None) -> list[tuple[str, str, str]]:
    """What was saved meanwhile, as the page of a conflict shows it."""
    if last is None:
        return []
    name = session.scalar(select(User.name).where(User.id == last.by_id))
    who = who_when(name, last.typed_at)
    shown = f"{last.value.normalize():f}".replace(".", ",")
    return [(_("Giá trị"), shown, who), (_("Nguồn"), last.source, who)]


def tell(
    session: Session, actor: Actor, value: BoardValue, step: str, now: datetime, **facts: object
) -> None:
    data = {
        "step": step,
        "part": value.part,
        "year": value.year,
        "version": value.version,
        **facts,
    }
    record(session, actor, AuditAction.BOARD_CHANGED, at=now, subject_id=value.id, data=data)
