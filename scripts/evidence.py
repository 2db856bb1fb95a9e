"""Put what a run of the tests measured into docs/evidence.json and docs/security-evidence.md.

The promises, their goals and the tests that measure them are in docs/evidence.toml. A test says
what it measured by the fixture `evidence`; each call leaves a file in build/evidence, and this
joins them. Run by scripts/test.sh; a figure of another run stays until it is measured again.
"""

import json
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RUN = ROOT / "build" / "evidence"
PROMISES = ROOT / "docs" / "evidence.toml"
FIGURES = ROOT / "docs" / "evidence.json"
PAGE = ROOT / "docs" / "security-evidence.md"
FORMS = ("short", "wide", "long")
Promises = dict[str, dict[str, Any]]
Figures = dict[str, dict[str, dict[str, Any]]]  # by promise, by form

_HEAD = """# What was measured

Written by the tests (`scripts/evidence.py`): change docs/evidence.toml, not this page. Each line
is a promise of this product, what is to be reached, and what the named test measured when it last
ran. The short and the wide form run for every change, the long one by `make test-long`
(tests/tiers.py).

| Promise | To reach | Measured | Form | When | Test |
|---|---|---|---|---|---|
"""


def promises() -> Promises:
    return tomllib.loads(PROMISES.read_text(encoding="utf-8"))


def kept() -> Figures:
    found: Figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    return found


def measured_by(promise: dict[str, Any]) -> dict[str, str]:
    """By form, in their order."""
    return {form: promise[form] for form in FORMS if form in promise}


def of_the_run(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def joined(notes: Iterable[dict[str, Any]], day: str) -> Figures:
    """One figure of each promise and form: what its test's parameters measured is added up, of a
    number that is called `most_…` the greatest counts."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for note in notes:
        groups[note["promise"], note["form"]].append(note)
    figures: Figures = defaultdict(dict)
    for (promise, form), found in sorted(groups.items()):
        numbers = {name: _together(name, found) for name in found[0]["numbers"]}
        figures[promise][form] = {
            "figure": found[0]["figure"].format(**numbers),
            "numbers": numbers,
            "test": found[0]["test"],
            "measured": day,
        }
    return figures


def _together(name: str, notes: list[dict[str, Any]]) -> float:
    values = [note["numbers"][name] for note in notes]
    return max(values) if name.startswith("most_") else sum(values)


def renewed(old: Figures, new: Figures, known: Promises) -> Figures:
    """The old figures with the new ones, without those of promises and tests that are no more."""
    found: Figures = {}
    for name, promise in known.items():
        both = {**old.get(name, {}), **new.get(name, {})}
        found[name] = {
            form: both[form]
            for form, test in measured_by(promise).items()
            if form in both and both[form]["test"] == test
        }
    return found


def page(known: Promises, figures: Figures) -> str:
    lines = []
    for name, promise in known.items():
        for form, test in measured_by(promise).items():
            found = figures.get(name, {}).get(form)
            measured = (found["figure"], found["measured"]) if found else ("not yet", "")
            said = (promise["promise"], promise["goal"]) if form == _first(promise) else ("", "")
            lines.append(" | ".join((*said, measured[0], form, measured[1], f"`{test}`")))
    return _HEAD + "".join(f"| {line} |\n" for line in lines)


def _first(promise: dict[str, Any]) -> str:
    return next(iter(measured_by(promise)))


def main() -> int:
    known = promises()
    day = datetime.now(UTC).date().isoformat()
    figures = renewed(kept(), joined(of_the_run(RUN), day), known)
    text = json.dumps(figures, indent=1, ensure_ascii=False, sort_keys=True)
    FIGURES.write_text(f"{text}\n", encoding="utf-8")
    PAGE.write_text(page(known, figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
