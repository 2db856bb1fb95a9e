"""How a test says what it measured of a promise of docs/evidence.toml.

    def test_nothing_is_lost(evidence): ...
        evidence("server-kills", "{lost} of {written:,} lost", lost=0, written=812)

Called at the end, after what is asserted: a figure of a test that failed is none. What the
parameters of one test say is added up (scripts/evidence.py).
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.evidence import RUN, measured_by, promises

Evidence = Callable[..., None]


def form_of(node: pytest.Item) -> str:
    return next((form for form in ("long", "wide") if node.get_closest_marker(form)), "short")


def name_of(node: pytest.Item) -> str:
    return node.nodeid.partition("[")[0]


def note(
    node: pytest.Item, promise: str, figure: str, numbers: dict[str, float], folder: Path = RUN
) -> None:
    """A file of its own for each test: several processes write beside each other."""
    said = {
        "promise": promise,
        "form": form_of(node),
        "figure": figure,
        "numbers": numbers,
        "test": name_of(node),
    }
    figure.format(**numbers)  # a name without its number fails here, not at the end of the run
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(f"{promise} {node.nodeid}".encode()).hexdigest()[:24]
    waiting = folder / f"{name}.new"
    waiting.write_text(json.dumps(said), encoding="utf-8")
    waiting.replace(folder / f"{name}.json")


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Evidence:
    def say(promise: str, figure: str, **numbers: float) -> None:
        listed = measured_by(promises()[promise]).get(form_of(request.node))
        assert listed == name_of(request.node), f"{promise}: docs/evidence.toml names {listed}"
        note(request.node, promise, figure, numbers)

    return say
