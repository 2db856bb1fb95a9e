"""What the law asks of a membership, as data: what is refused, and what is only pointed out."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Protocol

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ConfigDict, Field

from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions
from app.reference.library import code_list
from app.register.groups import AT_RISK

DATA = Path(__file__).parent / "data"
UNKNOWN = "unknown"  # of the list household_poverty


class GroupRule(BaseModel):
    """One group. An empty tuple: nothing is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    poverty: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    sub_group: bool = False
    mark: str = Field(pattern=r"^[VMI]$")


class GroupRulesFile(DataFile):
    groups: dict[str, GroupRule]


class Facts(Protocol):
    """What of a membership the rules look at: a row, or what was typed."""

    @property
    def group_code(self) -> str: ...
    @property
    def sub_code(self) -> str | None: ...
    @property
    def poverty(self) -> str: ...
    @property
    def evidence_kind(self) -> str | None: ...
    @property
    def expires_on(self) -> date | None: ...


class _Process:
    """What this process has read."""

    files: Versions[GroupRulesFile] | None = None


def install(extra: Path | None = None) -> Versions[GroupRulesFile]:
    """Read the rules now, the administrator's folder included. Called once, at the start.

    Raises ReferenceDataError, naming file and key.
    """
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    found = read_versions(folders, GroupRulesFile, "group_rules.*")
    if "group_rules" not in found:
        raise ReferenceDataError("group_rules.v1.toml: no such data file")
    _Process.files = files = found["group_rules"]
    return files


def rule_of(group: str, day: date) -> GroupRule | None:
    """The rule in force on a day; None for a group of which nothing is asked."""
    return (_Process.files or install()).in_force(day).groups.get(group)


def is_excluded_by_poverty(facts: Facts, day: date) -> bool:
    """The law defines the group by a household that this one is known not to be."""
    rule = rule_of(facts.group_code, day)
    return bool(
        rule and rule.poverty and facts.poverty not in rule.poverty and facts.poverty != UNKNOWN
    )


def doubts(facts: Facts, day: date) -> Iterator[LazyString]:
    """What is missing or ran out on `day`. Data may be incomplete: nothing of it is refused."""
    if facts.group_code == AT_RISK:
        return
    rule = rule_of(facts.group_code, day) or GroupRule(mark="I")
    if rule.poverty and facts.poverty == UNKNOWN:
        yield _l("Nhóm này chỉ dành cho hộ nghèo, hộ cận nghèo: cần ghi rõ.")
    if rule.sub_group and facts.sub_code is None:
        yield _l("Chưa ghi nhóm nhỏ theo nghị định.")
    if facts.evidence_kind is None:
        yield _l("Chưa có căn cứ.")
    elif rule.evidence and facts.evidence_kind not in rule.evidence:
        wanted = " / ".join(str(code_list("evidence_kinds").get(c).label) for c in rule.evidence)
        yield _l("Căn cứ thường dùng cho nhóm này: %(kinds)s.", kinds=wanted)
    if facts.expires_on is not None and facts.expires_on < day:
        yield _l("Giấy tờ làm căn cứ đã hết hạn.")
