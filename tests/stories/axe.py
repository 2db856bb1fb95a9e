"""axe-core: what it finds on a page, and on each page that a visitor of a story reaches."""

import re
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

AXE = (Path(__file__).parents[1] / "assets" / "axe.min.js").read_text(encoding="utf-8")
# One line for each rule and place: the findings in full would be sent for nothing.
RUN = """async () => {
  const all = await axe.run(document, {resultTypes: ['violations'], preload: false});
  const lines = all.violations.flatMap(
    one => one.nodes.map(node => `${one.id}: ${node.target}`));
  const isWide = document.documentElement.scrollWidth > innerWidth;
  return isWide ? [...lines, 'scrolls sideways'] : lines;
}"""
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def bring_axe(context: BrowserContext) -> None:
    """Into each page of this browser as it opens, where most of them are examined."""
    context.add_init_script(AXE)


def violations(page: Page) -> list[str]:
    """One line for each rule and place; a page that is wider than the screen is one too."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return [str(line) for line in page.evaluate(RUN)]


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
