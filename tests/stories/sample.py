"""Which of all looks axe takes in every run: the whole list is gone through in the wide one."""

import re
from string import Formatter

from tests.stories.look import STALE, Look
from tests.stories.pages import IDS, PAGES

EVERY = 40
# What such a page shows, the scene has set, though no id in the address says so.
OF_THE_SCENE = re.compile("^/outside/|/prosecution/sign")


def _names(statement: str) -> set[str]:
    """What a statement calls its columns."""
    return set(re.findall(r"\bAS (\w+)", statement.partition("FROM")[0]))


KNOWN = {name for statement in IDS.values() for name in _names(statement)}


def needs(look: Look) -> set[str]:
    texts = (look.path, look.form, *(words for _, words in look.typed))
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def kind(look: Look) -> tuple[str, int, str]:
    path = re.sub(r"\{\w+\}", "…", look.path.partition("?")[0])
    return path, look.status, look.then


def _sample() -> dict[str, tuple[Look, ...]]:
    """Of the kinds of page that no role before had, and that nobody must first do something for,
    every fortieth, and the first of each role. No stale form: what is old depends on who saved
    before."""
    seen: set[tuple[str, int, str]] = set()
    chosen: dict[str, tuple[Look, ...]] = {}
    for role, looks in PAGES.items():
        ready = [
            look for look in looks if needs(look) <= KNOWN and not OF_THE_SCENE.search(look.path)
        ]
        new = {kind(look): look for look in reversed(ready) if kind(look) not in seen}
        seen |= set(new)
        rest = sorted(new.values(), key=ready.index)
        alone = tuple(look for look in rest[::EVERY] if look.then != STALE)
        chosen[role] = alone or tuple(ready[:1])
    return chosen


SAMPLE = _sample()
