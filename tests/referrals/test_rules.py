"""The rules of referrals as data: what a file may say, and how long a term is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.auth.models import UnitKind
from app.auth.permissions import Section
from app.reference.datafiles import ReferenceDataError
from app.referrals import rules
from app.referrals.enums import Urgency

SHIPPED = (rules.DATA / "referrals.v1.toml").read_text(encoding="utf-8")
FRIDAY = datetime(2026, 3, 6, 3, 0, tzinfo=UTC)  # ten in the morning in Vietnam


def test_the_shipped_terms() -> None:
    urgencies = rules.rules().urgencies
    assert urgencies[Urgency.EMERGENCY].accept.due(FRIDAY, {}) == FRIDAY + timedelta(hours=4)
    assert urgencies[Urgency.URGENT].accept.due(FRIDAY, {}) == FRIDAY + timedelta(hours=24)
    routine = urgencies[Urgency.ROUTINE].accept.due(FRIDAY, {})
    assert routine.astimezone(UTC).date().isoformat() == "2026-03-11"  # Monday, Tuesday, Wednesday


def test_a_school_gets_identity_only_and_nobody_a_compartment() -> None:
    now = rules.rules()
    assert now.packet("school").default == (Section.IDENTITY,)
    for packet in now.packets.values():
        assert not rules.NEVER & set(packet.allowed)


def test_every_service_has_somebody_to_offer_it_and_every_package_known_services() -> None:
    now = rules.rules()
    assert set(now.offered(UnitKind.POLICE)) == {"child_safety", "crime_report"}
    for package in now.packages.values():
        assert {one.service for one in package.services} <= now.offered().keys()
    assert now.proposed(("SEXUAL_ABUSE",))[0] == "sexual_abuse"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('school = { default = ["identity"]', 'school = { default = ["informant"]', "never"),
        ('school = { default = ["identity"]', 'school = { default = ["hiv"]', "never by default"),
        ('service = "prophylaxis"', 'service = "no_such"', "no service"),
        ('domain = "health"', 'domain = "nothing"', "not in needs"),
        ("unanswered = [0.5, 1.0, 1.5]", "unanswered = [1.0, 0.5, 1.5]", "rise"),
        (
            'accept = { clock = "working", amount = 3, unit = "days" }',
            'accept = { clock = "working", amount = 3, unit = "hours" }',
            "counts days",
        ),
    ],
)
def test_a_wrong_file_stops_the_start_with_its_name(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    assert old in SHIPPED
    (tmp_path / "referrals.v1.toml").write_text(SHIPPED.replace(old, new), encoding="utf-8")
    with pytest.raises(ReferenceDataError) as refused:
        rules.load(tmp_path)
    assert "referrals.v1.toml" in str(refused.value) and named in str(refused.value)


def test_a_newer_file_of_the_administrator_holds_from_its_day(tmp_path: Path) -> None:
    newer = SHIPPED.replace("version = 1", "version = 2", 1)
    newer = newer.replace("effective_from = 2023-06-16", "effective_from = 2026-07-01", 1)
    newer = newer.replace('amount = 4, unit = "hours"', 'amount = 2, unit = "hours"', 1)
    (tmp_path / "referrals.v2.toml").write_text(newer, encoding="utf-8")
    files = rules.load(rules.DATA, tmp_path)
    before = files.in_force(datetime(2026, 6, 30, tzinfo=UTC).date())
    after = files.in_force(datetime(2026, 7, 1, tzinfo=UTC).date())
    assert before.urgencies[Urgency.EMERGENCY].accept.amount == 4
    assert after.urgencies[Urgency.EMERGENCY].accept.amount == 2
