"""Row-level security: the same rules with fewer parts to begin.

Before its first row a statement begins each sub-select that it holds, asked or not, and a first
page has a statement over forty tables, each with up to fourteen. What is said of the reader is now
compared where it is asked; of sub-selects there remain one in each rule (is every row shown?) and
two in the look-up that is made for each row (who holds, and when). Whether the reader is kept out
of anybody at all is said with who reads (`vt.kept_out`); where it was not said, each row is asked.

What a rule asks of a function costs nothing to the planner: it counted one for each row of a table,
where nearly always something before it has answered, and would rather not read the table at once.

Revision ID: 0043
Revises: 0042
"""

# ruff: noqa: S608  # put together of constants of this file

from pathlib import Path
from runpy import run_path

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_RULES, _INDEX = (
    run_path(str(Path(__file__).with_name(f"{name}.py")))
    for name in ("0039_rules_of_rows_in_functions", "0042_rows_by_index")
)
_ME, _UNIT, _NOW = (_RULES[name] for name in ("ME", "MY_UNIT", "PRESENT"))
# A row that ends before it begins opens nothing, and is no range: it becomes an empty one.
_IN_LOOK_UP = {
    f"a.holder_id IN ({_ME}, {_UNIT})": (
        f"a.holder_id = ANY ((SELECT ARRAY[{_RULES['USER']}, {_RULES['UNIT']}])::uuid[])"
    ),
    f"a.since <= {_NOW}\n        AND (a.until IS NULL OR a.until > {_NOW})": (
        "<now> <@ tstzrange(LEAST(a.since, a.until), a.until)"
    ),
}
_COMMUNE = _RULES["COMMUNE"]
_ONCE = (
    *(_RULES[name] for name in ("FILES", "SUPERVISES", "RECEIVES", "SOMEBODY", "IS_WORKER")),
    *(_ME, _UNIT, _RULES["IS_KEPT_OUT"], f"(SELECT {_COMMUNE} IS NULL)", f"(SELECT {_COMMUNE})"),
)
_IS_KEPT_OUT = (
    "CREATE OR REPLACE FUNCTION vt_is_kept_out() RETURNS boolean LANGUAGE sql STABLE {} AS $$ {} $$"
)
_FUNCTIONS = (
    *("vt_took", "vt_is_asked", "vt_is_kept_out_of_case", "vt_is_kept_out_of_child"),
    *("vt_is_kept_out_of_report", "vt_knows_case", "vt_knows_child", "vt_knows_report"),
    *("vt_knows_subject", "vt_reads_file"),
)


def _begun_sooner(rule: str) -> str:
    for before, after in _IN_LOOK_UP.items():
        rule = rule.replace(before, after)
    for one in _ONCE:
        rule = rule.replace(one, f"({one.removeprefix('(SELECT ')}")
    return rule.replace("<now>", _NOW)


def _before() -> dict[str, str]:
    """By table: the rules that hold sub-selects, as the migrations up to here have left them."""
    rules = {table: f"{_RULES['EVERY']} OR {rule}" for table, rule in _RULES["RULES"].items()}
    own = {table: f"{_RULES['HOUSE']} OR {rule}" for table, rule in _RULES["OWN"].items()}
    now: dict[str, str] = _INDEX["_policies"]()[1]
    return rules | own | now


def _after(rule: str) -> str:
    """Whether every row is shown stands in a sub-select as before: it is asked first, and of each
    row of the whole province."""
    every: str = next(one for one in (_RULES["EVERY"], _RULES["HOUSE"]) if rule.startswith(one))
    return every + _begun_sooner(rule.removeprefix(every))


def _restrict(rules: dict[str, str]) -> None:
    for table, rule in sorted(rules.items()):
        op.execute(f"ALTER POLICY {table}_read ON {table} USING ({rule})")


def _count_calls(cost: int) -> None:
    for function in _FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} COST {cost}")


def upgrade() -> None:
    said = "SELECT current_setting('vt.kept_out', true) IS DISTINCT FROM 'false'"
    op.execute(_IS_KEPT_OUT.format("", said))
    _count_calls(1)
    _restrict({table: _after(rule) for table, rule in _before().items()})


def downgrade() -> None:
    _restrict(_before())
    _count_calls(100)
    asked = (
        "SELECT EXISTS (SELECT FROM case_denials d"
        f" WHERE d.user_id = (SELECT {_RULES['USER']}) AND d.until IS NULL)"
    )
    op.execute(_IS_KEPT_OUT.format("SECURITY DEFINER SET search_path = public, pg_temp", asked))
