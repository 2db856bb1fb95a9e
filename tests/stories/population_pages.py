"""The pages of the child population."""

from tests.stories.look import Look, sent

_ENTRY = "/indicators/population/entry"
_NEW = "/indicators/population/imports/new"
_ALL = (
    Look("/indicators/population"), Look("/indicators/population?year=2020"),
    Look(_ENTRY), sent(_ENTRY, male_0_5="-1"), Look(_NEW), sent(_NEW),
)  # fmt: skip
LOOKS: dict[str, tuple[Look, ...]] = {"supervisor": _ALL}
IDS: dict[str, str] = {}
