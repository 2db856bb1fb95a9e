"""No page is forgotten: each address that shows one is in the list that axe goes through."""

import re

from flask import Flask
from werkzeug.routing import Rule

from tests.stories.pages import PAGES

# Files, what a machine asks, and what other stories look at: axe sees these at their place.
NO_PAGE = re.compile(r"^static$|^health\.|^jobs\.(readyz|metrics)$|\.(form0\d|minutes)$")
NO_PAGES = {
    "backups.readyz",  # for machines
    *("care.handover_minutes", "files.read"),  # files
    *("exports.download", "imports.template", "imports.errors"),  # files too
    "exports.of_task",  # leads to the page of the export
    *("periodic.as_pdf", "periodic.as_xlsx"),  # files
    "exports.decide",  # more children than the small province of the stories has
    "reviews.decide",  # a closing that waits: the whole case (test_whole_case.py)
    *("referrals.file", "outside_answers.file", "outside.slip", "prosecution.paper"),  # files
    "prosecution.received_paper",  # a file as well
    *("indicator_board.as_xlsx", "indicator_board.as_csv", "indicator_board.evidence"),  # files
    "reminder_feed.show",  # for a calendar
    "referrals.inbox_news",  # a line into an open inbox
    "reminders.bell",  # a number into every page
    *("auth.unlock", "auth.recovery"),  # a locked screen, no demonstration (test_passkeys.py)
    *("releases.export", "releases.certificate", "current_figures.export"),  # files
    # figures that a job computes first; drawn by the templates of the list and of a released table
    *("current_figures.period", "current_figures.table"),
    *("population.template", "population.show_import"),  # a file, a workbook
    *("imports.columns", "imports.show"),  # a workbook (test_from_workbook.py)
}


def test_every_page_is_looked_at(app: Flask) -> None:
    looked = {look.path.partition("?")[0] for looks in PAGES.values() for look in looks}
    forgotten = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in NO_PAGES
        and not NO_PAGE.search(rule.endpoint)
        and not any(pattern(rule).fullmatch(path) for path in looked)
    ]
    assert forgotten == []


def pattern(rule: Rule) -> re.Pattern[str]:
    """/cases/<uuid:case_id>/plan as /cases/{planned}/plan; a text stands as itself."""
    path = re.sub(r"<uuid:[^>]*>", "\0", rule.rule)
    path = re.sub(r"<[^>]*>", "\1", path)
    return re.compile(re.escape(path).replace("\0", r"\{\w+\}").replace("\1", r"[^/]+"))
