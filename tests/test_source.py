"""What no line of the program does. Each rule is tried on a planted line that it must find."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = [*sorted((ROOT / "app").rglob("*.py")), ROOT / "config.py", ROOT / "wsgi.py"]
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
Rule = Callable[[ast.AST], bool]

_RUNS = frozenset("eval exec compile __import__ render_template_string".split())
_RUNS_OF = ("pickle.", "marshal.", "shelve.", "dill.", "yaml.", "os.system", "os.popen")
_NO_SHELL = ("subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen")
_SQL = frozenset("text literal_column sa.text sqlalchemy.text".split())
_PATTERNS = frozenset("compile match search fullmatch sub subn split findall finditer".split())
_XML = frozenset("xml lxml xmltodict".split())
_CIPHERS = frozenset({"cryptography.hazmat.primitives.ciphers.aead"})
_SINKS = re.compile(r"\.(?:inner|outer)HTML\s*\+?=[^=]|document\.write|insertAdjacentHTML|\beval\(")
# but `Object.assign(one, { name, other })`, whose names stand there
_NAMED_BY_DATA = re.compile(
    r"[\w)\]]\[(?!\d|\")[^\]\n]+\]\s*=[^=]|__proto__|Object\.assign\((?!\w+, \{[\w, ]+\}\))"
)


@cache
def _called(node: ast.AST) -> str:
    return _dotted(node.func) if isinstance(node, ast.Call) else ""


def _dotted(node: ast.AST) -> str:
    """`app.core.text`; what is not a name stands as "…": writing it out takes ten times as long."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "…"


def _first(node: ast.AST) -> ast.expr | None:
    return node.args[0] if isinstance(node, ast.Call) and node.args else None


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def runs_text(node: ast.AST) -> bool:
    """A text becomes code, a template, or an object of any kind."""
    name = _called(node)
    return name in _RUNS or name.endswith(".from_string") or name.startswith(_RUNS_OF)


def asks_a_shell(node: ast.AST) -> bool:
    has_shell = isinstance(node, ast.Call) and any(one.arg == "shell" for one in node.keywords)
    return has_shell or _called(node).startswith(_NO_SHELL)


def builds_sql(node: ast.AST) -> bool:
    """A statement in words that is no constant."""
    return _called(node) in _SQL and not isinstance(_first(node), ast.Constant)


def builds_a_pattern(node: ast.AST) -> bool:
    """A regular expression of something else than constants and what was escaped."""
    name = _called(node)
    if not name.startswith("re.") or name[3:] not in _PATTERNS:
        return False
    pattern = _first(node)
    if not isinstance(pattern, ast.JoinedStr):
        return not isinstance(pattern, ast.Constant)
    parts = [ast.unparse(v.value) for v in pattern.values if isinstance(v, ast.FormattedValue)]
    return not all(part.isupper() or part.startswith("re.escape(") for part in parts)


def mixes_parameters(node: ast.AST) -> bool:
    """`request.values`: the query or the form, whichever has it."""
    if not isinstance(node, ast.Attribute) or node.attr != "values":
        return False
    return ast.unparse(node.value) == "request"


def reads_xml(node: ast.AST) -> bool:
    return any(name.split(".")[0] in _XML for name in _imported(node))


def draws_by_the_wrong_generator(node: ast.AST) -> bool:
    return any(name.split(".")[0] == "random" for name in _imported(node))


def hashes_weakly(node: ast.AST) -> bool:
    name = _called(node)
    if name in ("hashlib.new", "hashlib.file_digest"):
        return "sha256" not in ast.unparse(node)
    return re.match(r"hashlib\.(?!sha256\b|sha512\b)", name) is not None


def ciphers_by_hand(node: ast.AST) -> bool:
    """Any cipher of the library but the authenticated ones."""
    found = [name for name in _imported(node) if "primitives.ciphers" in name]
    if isinstance(node, ast.ImportFrom) and node.module in _CIPHERS:
        return [one.name for one in node.names] != ["AESGCM"]
    return any(name not in _CIPHERS for name in found)


def trusts_any_certificate(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in ("CERT_NONE", "_create_unverified_context")
    if isinstance(node, ast.Assign):
        return any(ast.unparse(one).endswith(".check_hostname") for one in node.targets)
    return isinstance(node, ast.keyword) and node.arg == "verify" and "False" in ast.unparse(node)


RULES: dict[Rule, tuple[str, ...]] = {
    runs_text: ("eval(x)", "pickle.loads(x)", "env.from_string(x)", "yaml.load(x)"),
    asks_a_shell: ("subprocess.run(x, shell=True)", "os.system(x)"),
    builds_sql: ("text(f'SELECT {x}')", "sa.text('SELECT ' + x)"),
    builds_a_pattern: ("re.compile(x)", "re.sub(f'a{x}', '', y)", "re.search('a' + x, y)"),
    mixes_parameters: ("request.values['x']",),
    reads_xml: ("import xml.etree.ElementTree", "from lxml import etree"),
    draws_by_the_wrong_generator: ("import random", "from random import choice"),
    hashes_weakly: ("hashlib.md5(x)", "hashlib.sha1(x)", "hashlib.new('md5')"),
    ciphers_by_hand: (
        "from cryptography.hazmat.primitives.ciphers import Cipher, modes",
        "from cryptography.hazmat.primitives.ciphers.aead import AESSIV",
    ),
    trusts_any_certificate: ("ssl.CERT_NONE", "c.check_hostname = False", "get(x, verify=False)"),
}
# Where a rule does not hold, and why.
BUT: dict[Rule, tuple[str, ...]] = {
    # people are invented, and samples are drawn, from a seed: the same ones again
    draws_by_the_wrong_generator: ("app/demo/", "app/oversight/", "app/backup/"),
    # read what the confined process was given: with the parser of openpyxl, or without entities
    reads_xml: ("app/documents/inspect_workbook.py", "app/documents/inspect_office.py"),
    # the lists of the world are made so; nothing is protected by it
    hashes_weakly: ("app/auth/breached.py",),
}


def found_in(rule: Rule, nodes: Iterable[ast.AST]) -> list[int]:
    return [getattr(node, "lineno", 0) for node in nodes if rule(node)]


def places(rule: Rule) -> list[str]:
    return _places()[rule]


@cache
def _places() -> dict[Rule, list[str]]:
    """Where each rule finds something; every file is read once, for all of them."""
    found: dict[Rule, list[str]] = {rule: [] for rule in RULES}
    for path in PROGRAM:
        name = str(path.relative_to(ROOT))
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        for rule, places in found.items():
            if not name.startswith(BUT.get(rule, ())):
                places += [f"{name}:{line}" for line in found_in(rule, nodes)]
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_finds_what_is_planted(rule: Rule) -> None:
    for planted in RULES[rule]:
        assert found_in(rule, ast.walk(ast.parse(planted))), planted


def test_no_text_is_run_or_unpickled_or_made_a_template() -> None:
    assert places(runs_text) == []


def test_no_shell_is_asked() -> None:
    assert places(asks_a_shell) == []


def test_no_statement_is_built_of_text() -> None:
    assert places(builds_sql) == []


def test_no_pattern_is_built_of_what_was_typed() -> None:
    assert places(builds_a_pattern) == []


def test_query_and_form_are_read_apart() -> None:
    assert places(mixes_parameters) == []


def test_xml_is_read_in_the_confined_process_only() -> None:
    assert places(reads_xml) == []


def test_secrets_come_from_the_generator_for_secrets() -> None:
    assert places(draws_by_the_wrong_generator) == []


def test_hashes_are_of_the_sha_2_family() -> None:
    assert places(hashes_weakly) == []


def test_the_only_cipher_is_aes_gcm() -> None:
    assert places(ciphers_by_hand) == []


def test_no_certificate_is_trusted_unseen() -> None:
    assert places(trusts_any_certificate) == []


def lines(pattern: re.Pattern[str], text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if pattern.search(line)]


def test_our_scripts_make_no_markup_of_data() -> None:
    """The one line that does takes a template of the page itself, and a number."""
    assert lines(_SINKS, "a.innerHTML = b")
    assert lines(_SINKS, "eval(a)")
    found = [line for path in SCRIPTS for line in lines(_SINKS, path.read_text("utf-8"))]
    own = 'template.insertAdjacentHTML("beforebegin", template.innerHTML.replaceAll("__index__", '
    assert found == [f"{own}index));"]


def test_our_scripts_write_under_no_name_that_data_give() -> None:
    """No `a[b] = c`: nothing that is sent can reach the prototype of objects."""
    assert lines(_NAMED_BY_DATA, "kept[name] = value")
    assert lines(_NAMED_BY_DATA, "Object.assign({}, told)")
    assert not lines(_NAMED_BY_DATA, "Object.assign(one, { hidden, inert });")
    assert not lines(_NAMED_BY_DATA, 'const [name, value] = form.querySelector("a[b=c]");')
    found = [line for path in SCRIPTS for line in lines(_NAMED_BY_DATA, path.read_text("utf-8"))]
    assert found == []


def test_no_page_embeds_anything_for_a_plugin() -> None:
    plugin = re.compile(r"<(?:object|embed|applet|iframe|frame)\b")
    assert plugin.search('<object data="x">')
    assert TEMPLATES
    assert [path.name for path in TEMPLATES if plugin.search(path.read_text("utf-8"))] == []


def test_a_server_installs_no_tool_of_developers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    tools = {re.split(r"[<>=\[]", one)[0] for one in project["dependency-groups"]["dev"]}
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.M)
    assert {"flask", "sqlalchemy"} <= set(locked) and {"pytest", "playwright"} <= tools
    known_to_both = {"babel"}  # flask-babel needs it
    assert set(locked) & tools <= known_to_both


def test_every_package_is_locked_with_its_hash() -> None:
    text = (ROOT / "requirements.txt").read_text("utf-8")
    packages = re.split(r"\n(?=[a-z0-9-]+==)", text)[1:]
    assert len(packages) > 30
    assert [one.split()[0] for one in packages if "--hash=sha256:" not in one] == []
    assert "--index-url" not in text and "git+" not in text
