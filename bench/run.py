"""`make bench`: the real server over a large province, beside a bare page of the same size.

Prints a table and writes bench/results.json. Each figure is the median of rounds in which the bare
page and ours take turns, so that a machine whose speed drifts treats both alike.
"""

import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app
from bench import (
    casework,
    imports,
    indicators,
    protection,
    referrals,
    reminders,
    row_security,
    scenes,
    sqltime,
)
from bench.client import Outcome, run
from bench.scenes import Person
from bench.server import BIG, CACHE, SMALL, Server, addresses, environment, gunicorn, prepare
from config import Settings

ROUNDS, SECONDS = 3, 4.0
PEOPLE = 24
GOALS = {  # bare / ours, at most
    "case list": 8,
    "search": 8,
    "case page": 10,
    "long case": 20,
    "new report": 16,
    "inbox": 8,
    **dict.fromkeys(indicators.pages(), 8),
}
FLAT = 1.3
WIRE = 100_000
MEMORY_MB = 250
DOSSIER = {"pages": 60, "seconds": 15.0, "mb": 400.0}

Make = Callable[[list[Person]], list[bytes]]
SCENES: dict[str, tuple[Make, bytes]] = {
    "case list": (scenes.list_requests, b"200"),
    "search": (scenes.search_requests, b"200"),
    "case page": (scenes.case_requests, b"200"),
    "new report": (lambda people: scenes.report_requests(people, 6_000), b"303"),
    "sign-in": (scenes.sign_in_requests, b"303"),
}


def sign_in(server: Server, communes: int) -> list[Person]:
    from_list = ["worker", "worker2"] if communes > 1 else ["worker"]
    names = from_list if communes == 1 else [*from_list, *scenes.workers(PEOPLE - 2)]
    return [Person(server.port, name).sign_in() for name in names]


def bare_request(size: int) -> list[bytes]:
    path = f"/page?bytes={size}"
    return [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n".encode()]


def measure(
    name: str, server: Server, bare: Server, requests: list[bytes], expect: bytes
) -> dict[str, object]:
    """One scene: a first look for its size, then turns of the bare page and ours at 8 clients,
    then 1."""
    warm = run(server.port, requests, clients=8, seconds=2, expect=expect)
    size = max(1_000, warm.bytes)
    run(bare.port, bare_request(size), clients=8, seconds=1, expect=b"200")
    ours: list[Outcome] = []
    theirs: list[Outcome] = []
    for turn in range(ROUNDS):
        part = requests if expect == b"200" else requests[turn::ROUNDS]
        theirs.append(run(bare.port, bare_request(size), clients=8, seconds=SECONDS, expect=b"200"))
        ours.append(run(server.port, part, clients=8, seconds=SECONDS, expect=expect))
    alone = run(server.port, requests, clients=1, seconds=SECONDS, expect=expect)
    bare_alone = run(bare.port, bare_request(size), clients=1, seconds=2, expect=b"200")
    ratio = statistics.median(b.rate / o.rate for b, o in zip(theirs, ours, strict=True))
    failed = sum(o.failed for o in ours) + alone.failed
    return {
        "page": name,
        "bytes": size,
        "rate": statistics.median(o.rate for o in ours),
        "p50_ms": 1000 * statistics.median(o.p50 for o in ours),
        "p95_ms": 1000 * statistics.median(o.p95 for o in ours),
        "bare_rate": statistics.median(o.rate for o in theirs),
        "bare_over_ours": ratio,
        "goal": GOALS.get(name),
        "one_client": asdict(alone),
        "bare_one_client": asdict(bare_alone),
        "failed": failed,
    }


def flatness(
    small: Server,
    big: Server,
    few: list[Person],
    many: list[Person],
    officers: tuple[list[Person], list[Person]],
) -> dict[str, float]:
    """How much slower each page is over 50,000 cases than over 500 (an inbox: 20,000 referrals
    than 1,000), turn by turn. `officers`: those of the big and of the small inbox."""
    found = {}
    lists = {name: (scenes.opening(path), b"200") for name, path in scenes.LISTS.items()}
    for name, (make, expect) in {
        **lists,
        "inbox": (scenes.opening(referrals.INBOX), b"200"),
        **{n: SCENES[n] for n in ("search", "case page")},
    }.items():
        inboxes = name == "inbox"
        ones, others = make(officers[1] if inboxes else few), make(officers[0] if inboxes else many)
        ratios = []
        for _ in range(ROUNDS):
            a = run(small.port, ones, clients=8, seconds=SECONDS, expect=expect)
            b = run(big.port, others, clients=8, seconds=SECONDS, expect=expect)
            ratios.append(a.rate / b.rate)
        found[name] = statistics.median(ratios)
    return found


def application(url: str) -> Flask:
    return create_app(
        Settings(
            database_url=url, instance_dir=CACHE, keyset_file=CACHE / "keyset.json",
            demo=True, testing=True, base_url="http://127.0.0.1",
            secret_key=(CACHE / "secret_key").read_text().strip(),
        )
    )  # fmt: skip


def import_of_a_list() -> dict[str, float]:
    """Before the servers start: a database that is copied has no other user."""
    with application(imports.copy_of_big()).app_context():
        found = imports.measure()
    print("import of 10,000 rows:", ", ".join(f"{k} {v:g}" for k, v in found.items()), flush=True)
    return found


def of_indicators(server: Server, bare: Server) -> list[dict[str, object]]:
    """Their pages, as the Department of Health reads them."""
    people = [Person(server.port, "supervisor").sign_in()]
    rows = []
    for name in indicators.pages():
        rows.append(measure(name, server, bare, indicators.requests(name, people), b"200"))
        _print_row(rows[-1])
    return rows


def only_indicators() -> int:
    """Their part of the run."""
    url = prepare(BIG)
    found = indicators.measure(application(url))
    print("facts:", ", ".join(f"{k} {v:g}" for k, v in found.items()), flush=True)
    with (
        gunicorn("wsgi:app", environment(url, 0)) as server,
        gunicorn("bench.bare:app", environment(url, 0)) as bare,
    ):
        missed = [*indicators.missed(found), *_missed(of_indicators(server, bare), {}, [])]
    print("All goals met." if not missed else "MISSED: " + "; ".join(missed))
    return bool(missed)


def main() -> int:
    big, small_url = addresses(BIG), prepare(SMALL)
    big_url = big.app
    results: dict[str, object] = {"pages": [], "import": import_of_a_list()}
    pages: list[dict[str, object]] = results["pages"]  # type: ignore[assignment]
    results["reminders"] = reminders.measure(application(big_url), big.superuser)
    results["protection"] = protection.measure()
    results["facts"] = indicators.measure(application(big_url))
    results["row_security"] = row_security.measure(application(big_url), application(big.owner))
    with (
        gunicorn("wsgi:app", environment(big_url, 0)) as server,
        gunicorn("wsgi:app", environment(small_url, 0)) as small,
        gunicorn("bench.bare:app", environment(big_url, 0)) as bare,
    ):
        people, few = sign_in(server, BIG.communes), sign_in(small, SMALL.communes)
        app, small_app = application(big_url), application(small_url)
        referrals.fill_inbox(app, referrals.MANY)
        referrals.fill_inbox(small_app, referrals.FEW)
        officers = referrals.hospital(server.port), referrals.hospital(small.port)
        long_case = casework.long_case(app)
        longest = (scenes.opening(f"/cases/{long_case}"), b"200")
        inbox = (scenes.opening(referrals.INBOX), b"200")
        alone = {"long case": people[:1], "inbox": officers[0]}
        for name, (make, expect) in {"long case": longest, "inbox": inbox, **SCENES}.items():
            requests = make(alone.get(name, people))
            sent = sqltime.statements_of(app, requests[-1], repeat=expect == b"200")
            row = measure(name, server, bare, requests, expect)
            row |= {"statements": len(sent), "sql_ms": sqltime.milliseconds(big_url, sent)}
            pages.append(row)
            _print_row(row)
        pages += of_indicators(server, bare)
        results["flatness"] = flatness(small, server, few, people, officers)
        results["worker_memory_mb"] = server.worker_memory()
    results["dossier"] = casework.dossier_of(big_url, long_case)
    return _report(results)


def _print_row(row: dict[str, object]) -> None:
    one: dict[str, float] = row["one_client"]  # type: ignore[assignment]
    parts = [
        f"{row['page']:<11} {row['bytes']:>7,} B",
        f"{row['rate']:>7.1f}/s p50 {row['p50_ms']:>6.1f} p95 {row['p95_ms']:>6.1f} ms",
        f"1 client {one['rate']:>6.1f}/s p50 {one['p50']:>6.4f} p95 {one['p95']:>6.4f} s",
        *([f"SQL {row['statements']} in {row['sql_ms']:>5.2f} ms"] if "sql_ms" in row else []),
        f"bare {row['bare_rate']:>7.1f}/s = {row['bare_over_ours']:>5.2f} times ours",
    ]
    if row["goal"]:
        parts.append(f"goal {row['goal']}")
    if row["failed"]:
        parts.append(f"FAILED {row['failed']}")
    print(" | ".join(parts), flush=True)


def _report(results: dict[str, object]) -> int:
    pages: list[dict[str, float]] = results["pages"]  # type: ignore[assignment]
    flat: dict[str, float] = results["flatness"]  # type: ignore[assignment]
    memory: list[float] = results["worker_memory_mb"]  # type: ignore[assignment]
    dossier: dict[str, float] = results["dossier"]  # type: ignore[assignment]
    scanned: dict[str, float] = results["reminders"]  # type: ignore[assignment]
    protected: dict[str, float] = results["protection"]  # type: ignore[assignment]
    missed = [*_missed(pages, flat, memory), *_slow_dossier(dossier), *reminders.missed(scanned)]
    missed += protection.missed(protected)
    facts: dict[str, float] = results["facts"]  # type: ignore[assignment]
    missed += indicators.missed(facts)
    walled: dict[str, float] = results["row_security"]  # type: ignore[assignment]
    missed += row_security.missed(walled)
    took: dict[str, float] = results["import"]  # type: ignore[assignment]
    if took["import"] > imports.GOAL_SECONDS:
        missed.append(f"an import of 10,000 rows takes {took['import']} s")
    print("500 -> 50,000 cases:", ", ".join(f"{k} {v:.2f}x" for k, v in flat.items()))
    print("memory of a web worker:", ", ".join(f"{mb:.0f} MB" for mb in memory))
    print(
        "reminders: {open:,} open, a scan {seconds:.1f} s wrote {written}; "
        "after changes {changed_seconds:.1f} s, {changed_written}".format(**scanned)
    )
    print("protection:", ", ".join(f"{k} {v:g}" for k, v in protected.items()))
    print("facts:", ", ".join(f"{k} {v:g}" for k, v in facts.items()))
    print("dossier: {pages} pages in {seconds:.1f} s, {mb:.0f} MB".format(**dossier))
    print("All goals met." if not missed else "MISSED: " + "; ".join(missed))
    results["missed"] = missed
    path = Path(__file__).parent / "results.json"
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    return bool(missed)


def _missed(pages: list[dict[str, Any]], flat: dict[str, float], memory: list[float]) -> list[str]:
    """Each goal that this run did not reach, in words."""
    slow = [p for p in pages if p["goal"] and p["bare_over_ours"] > p["goal"]]
    steep = {name: ratio for name, ratio in flat.items() if ratio > FLAT}
    return [
        *(f"{p['page']}: 1/{p['bare_over_ours']:.1f} of the bare page" for p in slow),
        *(f"{p['page']}: {p['failed']} wrong answers" for p in pages if p["failed"]),
        *(f"{p['page']}: {p['bytes']} bytes" for p in pages if p["bytes"] > WIRE),
        *(f"{name}: {ratio:.2f} times slower over 50,000 cases" for name, ratio in steep.items()),
        *(f"a worker takes {mb:.0f} MB" for mb in memory if mb > MEMORY_MB),
    ]


def _slow_dossier(made: dict[str, float]) -> list[str]:
    """Time grows with the pages: of a longer one, the share of 60 pages."""
    seconds = made["seconds"] * DOSSIER["pages"] / max(made["pages"], DOSSIER["pages"])
    return [
        *(["the dossier is too short to measure"] if made["pages"] < DOSSIER["pages"] else []),
        *([f"60 pages of a dossier take {seconds:.1f} s"] if seconds > DOSSIER["seconds"] else []),
        *([f"a dossier takes {made['mb']:.0f} MB"] if made["mb"] > DOSSIER["mb"] else []),
    ]


if __name__ == "__main__":
    sys.exit(only_indicators() if "--indicators" in sys.argv else main())
