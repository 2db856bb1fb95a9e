"""axe-core: what it finds on a page, and on each page that a visitor of a story reaches."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parents[1] / "assets" / "axe.min.js").read_text(encoding="utf-8")
RUN = "axe.run(document, {resultTypes: ['violations'], preload: false})"
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def violations(page: Page) -> list[str]:
    """One line for each rule and place; a page that is wider than the screen is one too."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(RUN)["violations"]
    lines = [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        lines.append("scrolls sideways")
    return lines


class Examiner:
    """`visitor.on_page = Examiner(seen)`: looks once at each kind of page, and again with its
    errors; not at what was seen elsewhere. `found` gathers what axe says."""

    def __init__(self, seen: Iterable[tuple[str, bool]] = ()) -> None:
        self.seen = set(seen)
        self.found: list[str] = []

    def __call__(self, page: Page) -> None:
        kind = _ID.sub("…", page.url.partition("?")[0]).partition("//")[2].partition("/")[2]
        is_refused = page.locator(".error-summary, .conflict").count() > 0
        if (kind, is_refused) in self.seen:
            return
        self.seen.add((kind, is_refused))
        self.found += [f"{kind}{' refused' * is_refused}: {line}" for line in violations(page)]
