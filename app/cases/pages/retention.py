"""The table of how long what is kept, and what is about to expire, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission
from app.cases.pages.links import link
from app.cases.queries.retention import Expiries, ExpiringCase
from app.reference.retention import RECORDS, RetentionRule, RetentionRules
from app.web.filters import vn_date
from app.web.words import _, _l

KINDS = {
    "closed_case": _l("Hồ sơ trẻ em đã kết thúc"),
    "unfounded_report": _l("Tin báo không xác thực, trùng, ngoài phạm vi"),
    "drafts": _l("Bản nháp"),
    "exports": _l("Tệp đã xuất: danh sách, hồ sơ đầy đủ, nhật ký"),
    "imports": _l("Bảng tính tải lên"),
    "form_keys": _l("Dấu chống gửi hai lần"),
    "sign_in_attempts": _l("Lần đăng nhập sai"),
    "file_openings": _l("Hồ sơ nào vừa được mở, để chặn mở hàng loạt"),
    "sessions": _l("Phiên đăng nhập đã hết"),
    "outbox": _l("Việc gửi đi đã xong"),
    "messages": _l("Thư nhắc đã gửi"),
}
MARKS = {"V": _l("đã đối chiếu"), "M": _l("chưa đối chiếu"), "I": _l("đề xuất")}


@dataclass(frozen=True, slots=True)
class RuleLine:
    title: str
    term: str
    how: str
    citation: str
    mark: str


@dataclass(frozen=True, slots=True)
class MonthLine:
    """`counts` in the order of RECORDS."""

    month: str
    counts: Sequence[int]
    is_over: bool


@dataclass(frozen=True, slots=True)
class RetentionPage:
    rules: Sequence[RuleLine]
    titles: Sequence[str]
    months: Sequence[MonthLine]
    totals: Sequence[int]
    wait_days: int
    ahead: int
    citation: str
    version: int
    cases_urls: Sequence[str]


@dataclass(frozen=True, slots=True)
class CaseLine:
    number: str
    url: str
    kind: str
    expires: str
    tone: str
    note: str


def retention_page(
    actor: Actor, rules: RetentionRules, counts: Sequence[Expiries]
) -> RetentionPage:
    """The addresses of the lists are there for who may open them."""
    opens = has_permission(actor, Permission.HOLD_MANAGE)
    urls = [link("retention.cases", kind=kind) if opens else "" for kind in RECORDS]
    totals = [sum(one.children for one in counts if one.kind == kind) for kind in RECORDS]
    return RetentionPage(
        rules=[_rule(rule) for rule in rules.rules],
        titles=[str(KINDS[kind]) for kind in RECORDS],
        months=list(_months(counts)),
        totals=totals,
        wait_days=rules.erasure_wait_days,
        ahead=rules.ahead_months,
        citation=rules.citation,
        version=rules.version,
        cases_urls=urls,
    )


def case_lines(found: Iterable[ExpiringCase], today: date) -> list[CaseLine]:
    return [_case(one, today) for one in found]


def _rule(rule: RetentionRule) -> RuleLine:
    return RuleLine(
        title=str(KINDS[rule.kind]),
        term=_term(rule),
        how=_("máy tự xóa") if rule.is_automatic else _("hai người quyết định"),
        citation=rule.citation,
        mark=str(MARKS[rule.mark]),
    )


def _term(rule: RetentionRule) -> str:
    if rule.is_automatic:
        return _("%(n)s giờ", n=rule.hours) if rule.hours else _("%(n)s ngày", n=rule.days)
    after_end = _("%(n)s năm sau khi hồ sơ cuối kết thúc", n=rule.years_after_end)
    if not rule.years_after_majority:
        return after_end
    grown = _("%(n)s năm sau khi trẻ đủ 18 tuổi", n=rule.years_after_majority)
    return _("%(one)s, và ít nhất %(other)s", one=grown, other=after_end)


def _months(counts: Sequence[Expiries]) -> Iterable[MonthLine]:
    """The months that have any, what is over first."""
    months = sorted({one.month for one in counts}, key=lambda month: month or date.min)
    for month in months:
        found = {one.kind: one.children for one in counts if one.month == month}
        words = _("đã hết hạn") if month is None else month.strftime("%m/%Y")
        yield MonthLine(words, [found.get(kind, 0) for kind in RECORDS], month is None)


def _case(one: ExpiringCase, today: date) -> CaseLine:
    notes = []
    if one.is_held:
        notes.append(_("đang được giữ"))
    if one.is_asked:
        notes.append(_("đã có đề nghị xóa"))
    if one.cases > 1:
        notes.append(_("%(n)s hồ sơ của cùng một trẻ em", n=one.cases))
    return CaseLine(
        number=one.number,
        url=link("erasures.index", case_id=one.case_id),
        kind=str(KINDS[one.kind]),
        expires=vn_date(one.expires_on),
        tone="warn" if one.expires_on <= today else "",
        note=", ".join(notes),
    )
