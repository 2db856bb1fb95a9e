"""docs/asvs.toml: complete, each row with its one kind of answer, and what it names is there.

Test files are read, not collected, so that this is quick.
"""

import ast
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
# The levels of the requirements of each section of ASVS 5.0.0, in their order; of level 3 none is
# asked here.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3",
    "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333",
    "6.6": "2223", "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222",
    "10.6": "22", "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23",
    "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip
KINDS = ("tests", "document", "does_not_apply", "open")
BESIDE = {"level", "says", "note"}
Rows = dict[str, dict[str, Any]]


def required() -> dict[str, int]:
    return {
        f"{section}.{number}": int(level)
        for section, levels in LEVELS.items()
        for number, level in enumerate(levels, 1)
        if level != "3"
    }


def rows() -> Rows:
    """One that stands there twice is an error of the file itself."""
    written = tomllib.loads((ROOT / "docs" / "asvs.toml").read_text("utf-8"))
    return {name: row for name, row in written.items() if isinstance(row, dict)}


def kind_of(row: dict[str, Any]) -> str:
    """The one kind of answer, or what is wrong."""
    found = [kind for kind in KINDS if kind in row]
    if len(found) != 1:
        return f"has {found or 'no answer'}"
    if extra := row.keys() - BESIDE - {found[0]}:
        return f"has {sorted(extra)}"
    value = row[found[0]]
    parts = value if found[0] == "tests" else [value]
    if not isinstance(parts, list) or not parts or not all(_is_said(part) for part in parts):
        return f"{found[0]} says nothing"
    if len(parts) != len(set(parts)):
        return "names a test twice"
    return found[0] if _is_said(row.get("says")) else "does not say what is asked"


def _is_said(text: object) -> bool:
    return isinstance(text, str) and len(text.strip()) > 2


@cache
def written_in(path: str) -> frozenset[str]:
    """The names of the tests of a file; none where there is no such file."""
    file = ROOT / path
    if not file.is_file() or not re.fullmatch(r"tests/(\w+/)*test_\w+\.py", path):
        return frozenset()
    made = ast.parse(file.read_text("utf-8")).body
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        one.name for one in made if isinstance(one, functions) and one.name.startswith("test_")
    )


def is_a_test(name: str) -> bool:
    path, _colons, test = name.partition("::")
    return test in written_in(path)


@cache
def headings_of(path: str) -> frozenset[str]:
    """As the links to them are written."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    found = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.M)
    return frozenset(re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in found)


def is_a_heading(name: str) -> bool:
    path, _mark, heading = name.partition("#")
    return heading in headings_of(path)


def faults(written: Rows) -> list[str]:
    """Everything that is not as it should be."""
    wanted = required()
    found = [f"{name} is missing" for name in wanted.keys() - written.keys()]
    found += [f"{name} is not asked" for name in written.keys() - wanted.keys()]
    for name, row in written.items():
        kind = kind_of(row)
        if kind not in KINDS:
            found.append(f"{name} {kind}")
        elif kind == "tests":
            found += [f"{name} names {one}" for one in row["tests"] if not is_a_test(one)]
        elif kind == "document" and not is_a_heading(row["document"]):
            found.append(f"{name} names {row['document']}")
        if row.get("level") != wanted.get(name):
            found.append(f"{name} has another level")
    return sorted(found)


def test_so_many_are_asked() -> None:
    levels = Counter("".join(LEVELS.values()))
    assert (levels["1"], levels["2"], levels["3"]) == (70, 183, 92)
    assert len(required()) == 253


def test_every_requirement_has_its_answer_and_what_it_names_is_there() -> None:
    assert faults(rows()) == []


GOOD = {
    "level": 1,
    "says": "passwords are long",
    "tests": ["tests/test_asvs.py::test_so_many_are_asked"],
}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (GOOD, None),
        ({**GOOD, "tests": []}, "6.2.1 tests says nothing"),
        ({**GOOD, "tests": [""]}, "6.2.1 tests says nothing"),
        ({**GOOD, "tests": "tests/test_asvs.py"}, "6.2.1 tests says nothing"),
        ({**GOOD, "tests": GOOD["tests"] * 2}, "6.2.1 names a test twice"),
        ({**GOOD, "says": ""}, "6.2.1 does not say what is asked"),
        ({**GOOD, "level": 2}, "6.2.1 has another level"),
        ({**GOOD, "open": "something"}, "6.2.1 has ['tests', 'open']"),
        ({"level": 1, "says": "x y z"}, "6.2.1 has no answer"),
        ({**GOOD, "test": "x"}, "6.2.1 has ['test']"),
        (
            {**GOOD, "tests": ["tests/test_asvs.py::test_that_nobody_wrote"]},
            "6.2.1 names tests/test_asvs.py::test_that_nobody_wrote",
        ),
        (
            {**GOOD, "tests": ["tests/test_nothing.py::test_so_many_are_asked"]},
            "6.2.1 names tests/test_nothing.py::test_so_many_are_asked",
        ),
        (
            {**GOOD, "tests": ["tests/test_asvs.py::is_a_test"]},
            "6.2.1 names tests/test_asvs.py::is_a_test",
        ),
        (
            {"level": 1, "says": "x y z", "document": "docs/security-notes.md#no-such-words"},
            "6.2.1 names docs/security-notes.md#no-such-words",
        ),
        ({"level": 1, "says": "x y z", "does_not_apply": " "}, "6.2.1 does_not_apply says nothing"),
    ],
)  # fmt: skip
def test_what_is_planted_is_found(row: dict[str, Any], fault: str | None) -> None:
    """In the place of a good row."""
    assert faults({**rows(), "6.2.1": row}) == ([fault] if fault else [])


def test_a_missing_row_and_one_too_many_are_found() -> None:
    fewer = {name: row for name, row in rows().items() if name != "6.2.1"}
    assert faults(fewer) == ["6.2.1 is missing"]
    assert "1.2.10 is not asked" in faults({**rows(), "1.2.10": GOOD})


def test_the_counts_that_are_told_are_those_of_the_file() -> None:
    counted = Counter(kind_of(row) for row in rows().values())
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    told = re.findall(r"^\| (\d+) \| .*`(\w+)`.* \|$", text, re.M)
    assert {kind: int(number) for number, kind in told} == {kind: counted[kind] for kind in KINDS}
