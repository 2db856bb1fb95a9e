"""The words of a report as columns, as far as sections open them; what is closed is not read."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, case, null

from app.auth.permissions import Section
from app.cases.account import ACCOUNT, TEXTS, may_hold_account
from app.cases.models import Report


def text_columns(names: Iterable[str], sections: frozenset[Section]) -> list[Any]:
    """The sealed columns of these texts of `TEXTS`; NULL where the account of the report that is
    found belongs to a section that is closed."""
    return [
        _column(name, sections) if name in ACCOUNT else getattr(Report, f"{name}_sealed")
        for name in names
        if (may_hold_account(sections) if name in ACCOUNT else TEXTS[name] in sections)
    ]


def is_account_open(sections: frozenset[Section]) -> ColumnElement[bool]:
    """Do these sections open what the report tells?"""
    return Report.account_section.in_(sorted(sections))


def _column(name: str, sections: frozenset[Section]) -> Any:
    column = f"{name}_sealed"
    return case((is_account_open(sections), getattr(Report, column)), else_=null()).label(column)
