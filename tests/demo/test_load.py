"""The synthetic province: the same for a seed, whole, and shaped like the published figures."""

import json
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session, aliased

from app.audit.services import append_bodies
from app.audit.verify import verify
from app.auth.models import Role, Unit, UnitKind, User
from app.auth.permissions import SECTIONS, Section
from app.cases.enums import CaseState, Category, EventKind
from app.cases.models import (
    CarePlacement,
    Case,
    CaseEvent,
    CaseNumber,
    PlannedVisit,
    Report,
    Review,
    Separation,
    ServiceReceived,
    SpecificAssessment,
    SpecificNeed,
    SpecificText,
)
from app.cases.models.care import CareState, SeparationState
from app.cases.models.follow_ups import VisitState, visit_state
from app.cases.models.reviews import ClosingState, Proposal
from app.cases.queries.specific import specifics_of
from app.cases.risk import risk_steps
from app.cases.services.follow_up import plan_missing_visits
from app.core import clock
from app.deadlines.models import ClockState, Deadline
from app.demo.load import FEATURED, NotEmpty, Size, load
from app.indicators.models import PeriodicReport, PeriodicState, Release, ReleaseState
from app.indicators.queries.reports import sent_before
from app.people.models import Child
from app.reference.communes import communes
from app.reference.library import code_list, form_definition
from tests.demo.province import HASH, SIZE, UNTIL

DEMO_ACCOUNTS = (
    "worker worker2 chair intake hotline police hospital school legalaid shelter hospital_lead"
    " supervisor analyst admin"
).split()


def picture(session: Session) -> list[tuple[object, ...]]:
    """What a reader of the data sees, ciphertexts and keys apart."""
    rows = session.execute(
        select(Case, Child).join(Child, Child.id == Case.child_id).order_by(Case.number)
    ).all()
    return [
        (c.number, c.state, c.risk_level, c.opened_at, c.commune_code, k.full_name, k.dob, k.sex)
        for c, k in rows
    ]


@pytest.mark.wide
def test_a_seed_gives_the_same_province_twice(province: Session, fresh: Session) -> None:
    load(fresh, size=SIZE, seed=7, until=UNTIL, password_hash=HASH)
    assert picture(fresh) == picture(province) != []


@pytest.mark.wide
def test_another_seed_gives_another_province(fresh: Session) -> None:
    load(fresh, size=Size(20, 10, 1, reporting=0), seed=8, until=UNTIL, password_hash=HASH)
    eight = picture(fresh)
    fresh.rollback()
    load(fresh, size=Size(20, 10, 1, reporting=0), seed=9, until=UNTIL, password_hash=HASH)
    assert picture(fresh) != eight


@pytest.mark.wide
def test_the_heads_of_the_log_are_not_read_whole_for_each_event(
    session: Session, superuser: Engine
) -> None:
    whole = text("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'audit_heads'")
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM audit_heads"))  # empty, and known to be
    session.execute(text("DISCARD PLANS"))
    body = {"at": UNTIL.isoformat(), "action": "case.view", "outcome": "ok"}
    append_bodies(session, [(str(uuid.uuid4()), json.dumps(body))])
    assert (before := session.scalars(whole).one()) > 0, "read whole while it is empty"
    load(session, size=Size(1, 40, 1, reporting=0), seed=5, until=UNTIL, password_hash=HASH)
    assert session.scalars(whole).one() - before < 20, "there are forty chains, and 800 events"


def test_children_are_separated_and_cared_for_in_every_state(province: Session) -> None:
    states = Counter(province.scalars(select(Separation.state)))
    assert states[SeparationState.DECIDED] and states[SeparationState.ENDED]
    spans = province.execute(select(Separation.started_at, Separation.ends_at))
    assert max(end - start for start, end in spans) <= timedelta(days=15)
    assert Counter(province.scalars(select(CarePlacement.state)))[CareState.HANDED_OVER]
    running = select(Separation.id).join(Case, Case.id == Separation.case_id)
    still = running.where(Case.is_ended, Separation.state == SeparationState.DECIDED)
    assert province.scalars(still).all() == []


def test_synthetic_data_never_joins_other_data(province: Session) -> None:
    with pytest.raises(NotEmpty):
        load(province, size=Size(1, 1, 1), seed=1, until=UNTIL, password_hash=HASH)


def test_every_commune_has_its_office_worker_and_chair(province: Session) -> None:
    offices = province.scalars(
        select(Unit.commune_code).where(Unit.kind == UnitKind.COMMUNE_PC)
    ).all()
    assert sorted(offices) == sorted(c.code for c in communes())
    staff = Counter(
        province.execute(
            select(User.role, Unit.commune_code)
            .join(Unit, Unit.id == User.unit_id)
            .where(Unit.kind == UnitKind.COMMUNE_PC)
        ).all()
    )
    for commune in communes():
        assert staff[(Role.CP_WORKER, commune.code)] == 1
        assert staff[(Role.COMMUNE_CHAIR, commune.code)] == 1


def test_the_demo_accounts_exist_where_they_belong(province: Session) -> None:
    found = dict(
        province.execute(
            select(User.username, Unit.commune_code)
            .join(Unit, Unit.id == User.unit_id)
            .where(User.username.in_(DEMO_ACCOUNTS))
        ).all()
    )
    assert set(found) == set(DEMO_ACCOUNTS)
    assert (found["worker"], found["worker2"], found["chair"]) == ("11953", "11977", "11953")
    assert found["supervisor"] is None


def test_the_log_of_the_synthetic_past_verifies(province: Session) -> None:
    result = verify(province)
    assert result.is_intact
    assert result.events > 1_000


def test_numbers_have_no_gaps_and_the_next_one_is_free(province: Session) -> None:
    for year, last in province.execute(select(CaseNumber.year, CaseNumber.last)):
        taken = province.scalars(select(Case.number).where(Case.number.like(f"HY-{year}-%"))).all()
        assert sorted(taken) == [f"HY-{year}-{n:06d}" for n in range(1, last + 1)]


def test_nothing_happens_after_the_present(province: Session) -> None:
    assert province.scalar(select(func.max(CaseEvent.happened_at))) <= UNTIL
    assert province.scalar(select(func.max(CaseEvent.typed_at))) <= UNTIL
    assert province.scalar(select(func.max(Case.last_event_at))) <= UNTIL


def test_clocks_are_met_missed_open_and_void(province: Session) -> None:
    states = Counter(d.state(UNTIL) for d in province.scalars(select(Deadline)))
    assert states[ClockState.MET] > states[ClockState.MISSED] > 20
    assert states[ClockState.OPEN] > 5
    assert states[ClockState.VOID] > 5


def test_cases_stand_at_every_step(province: Session) -> None:
    states = set(province.scalars(select(Case.state).distinct()))
    assert {
        CaseState.RECEIVED, CaseState.INITIAL_ASSESSED, CaseState.IN_PROGRESS, CaseState.CLOSED,
        CaseState.NOT_CONFIRMED, CaseState.DUPLICATE,
    } <= states  # fmt: skip


@pytest.mark.wide
def test_the_mix_follows_the_published_figures(fresh: Session) -> None:
    load(fresh, size=Size(1, 1_000, 3, reporting=0), seed=5, until=UNTIL, password_hash=HASH)
    abused = fresh.execute(
        select(Case.abuse_forms, Child.sex)
        .join(Child, Child.id == Case.child_id)
        .where(Case.category == Category.ABUSED)
    ).all()
    sexual = sum(forms == ["SEXUAL_ABUSE"] for forms, _ in abused) / len(abused)
    girls = sum(sex == "female" for _, sex in abused) / len(abused)
    assert 0.68 < sexual < 0.80, "recorded abuse: 73.85 % sexual"
    assert 0.78 < girls < 0.90, "recorded abuse: about 85 % girls"
    groups = Counter(
        group for (codes,) in fresh.execute(select(Report.sc_groups)) for group in codes
    )
    assert 0.50 < groups["DISABILITY"] / groups.total() < 0.70


@pytest.mark.wide
def test_reports_and_releases_stand_in_every_state(fresh: Session) -> None:
    load(fresh, size=Size(12, 10, 1, 2, reporting=4), seed=5, until=UNTIL, password_hash=HASH)
    states = set(fresh.scalars(select(PeriodicReport.state).distinct()))
    assert states == set(PeriodicState)
    reports = fresh.scalars(select(PeriodicReport).where(PeriodicReport.first_sent_at.is_not(None)))
    assert [one.commune_code for one in reports if sent_before(fresh, one)] == [FEATURED[0]]
    released = Counter(fresh.scalars(select(Release.state)))
    assert released == {ReleaseState.APPROVED: 2, ReleaseState.SUBMITTED: 1}


@pytest.mark.wide
@pytest.mark.parametrize("day", ["2026-12-16", "2026-12-30", "2027-01-01"])
def test_whatever_the_day_nothing_is_sent_before_its_period_is_counted(
    fresh: Session, day: str
) -> None:
    until = datetime.fromisoformat(day).replace(hour=7, tzinfo=UTC)
    load(fresh, size=Size(12, 10, 1, 2, reporting=2), seed=5, until=until, password_hash=HASH)
    sent = select(PeriodicReport).where(PeriodicReport.first_sent_at.is_not(None))
    reports = fresh.scalars(sent).all()
    assert reports
    for report in reports:
        ends = report.of.counted(report.rule.cutoff_days).end
        assert report.first_sent_at and clock.local(report.first_sent_at).date() >= ends


def test_all_codes_are_in_the_lists(province: Session) -> None:
    forms, groups = code_list("abuse_forms"), code_list("sc_groups")
    channels, settings = code_list("channels"), code_list("abuse_settings")
    relations = code_list("perpetrator_relations")
    for report in province.scalars(select(Report)):
        assert all(code in forms for code in report.abuse_forms)
        assert all(code in groups for code in report.sc_groups)
        assert report.channel in channels.by_code  # one is written by the system alone
        assert report.abuse_setting is None or report.abuse_setting in settings
        assert report.perpetrator_relation is None or report.perpetrator_relation in relations


def test_assessments_agree_with_their_cases(province: Session) -> None:
    cases = province.execute(
        select(Case.id, Case.risk_level).where(Case.risk_level.is_not(None)).limit(80)
    ).all()
    assert len(cases) == 80
    for case_id, level in cases:
        assert risk_steps(province, case_id)[-1].counts == level


def test_specific_assessments_show_a_change_for_some_cases(province: Session) -> None:
    times = Counter(province.scalars(select(SpecificAssessment.case_id)))
    assert len(times) > 100 and 2 in times.values()
    behind = select(func.count()).where(
        Case.state == CaseState.INITIAL_ASSESSED, Case.id.in_(select(SpecificAssessment.case_id))
    )
    assert province.scalar(behind) == 0
    domains = set(province.scalars(select(SpecificNeed.domain)))
    assert domains <= set(code_list("needs").by_code)
    fields = set(province.scalars(select(SpecificText.field)))
    assert fields <= set(form_definition("form03").by_name)


def test_what_is_told_of_sexual_abuse_stands_in_its_compartment(province: Session) -> None:
    """Of the reports, and of assessments since the form has a place for it; not of other harm."""
    told = province.execute(select(Report.abuse_forms, Report.sc_groups, Report.account_section))
    of_groups = {"SEX_ABUSE", *(f"EXPLOITED.{part}" for part in (2, 3, 4))}
    sections = set()
    for forms, groups, section in told:
        names = "SEXUAL_ABUSE" in forms or any(g.startswith("SEX_ABUSE.") for g in groups)
        assert (section is Section.SEXUAL_ABUSE) is (names or bool(of_groups & set(groups)))
        sections.add(section)
    assert sections == {Section.EVENT, Section.SEXUAL_ABUSE}
    closed = (
        select(Case.abuse_forms)
        .join(SpecificAssessment, SpecificAssessment.case_id == Case.id)
        .join(SpecificText, SpecificText.assessment_id == SpecificAssessment.id)
        .where(SpecificText.field == "sexual_abuse_account", SpecificAssessment.form_version > 1)
    )
    assert {tuple(forms) for forms in province.scalars(closed)} == {("SEXUAL_ABUSE",)}
    of_it = select(Case.id).join(Report, Report.id == Case.report_id)
    assessed = of_it.join(SpecificAssessment, SpecificAssessment.case_id == Case.id)
    for section in (Section.EVENT, Section.SEXUAL_ABUSE):
        one = province.scalars(assessed.where(Report.account_section == section).limit(1)).one()
        read = specifics_of(province, one, sections=SECTIONS[Role.SUPERVISOR])[-1].texts
        assert ("event_account" in read) is (section is Section.EVENT)
        assert "perpetrator_now" in read
    verified = select(CaseEvent).where(CaseEvent.kind == EventKind.VERIFIED)
    assert all(one.tells_account for one in province.scalars(verified.limit(20)).unique())


def test_visits_were_made_missed_and_are_due(province: Session) -> None:
    rows = province.execute(
        select(PlannedVisit, Case).join(Case, Case.id == PlannedVisit.case_id)
    ).all()
    states = Counter(
        visit_state(
            due_at=visit.due_at,
            done_at=visit.done_at,
            closed_at=visit.closed_at,
            until=case.ended_at or UNTIL,
        )
        for visit, case in rows
    )
    assert states[VisitState.DONE] > states[VisitState.LATE] > 5
    assert states[VisitState.MISSED] > 5 and states[VisitState.PLANNED] > 5
    assert all(
        case.next_visit_at == (None if case.is_ended else visit.due_at)
        for visit, case in rows
        if visit.closed_at is None
    )
    assert plan_missing_visits(province, UNTIL) == 0, "the job finds nothing to plan"


def test_money_has_a_source_and_codes_are_known(province: Session) -> None:
    kinds, sources = code_list("support_kinds"), code_list("fund_sources")
    types, units = code_list("intervention_types"), code_list("support_units")
    rows = province.scalars(select(ServiceReceived)).all()
    assert len({row.kind for row in rows}) > 5
    for row in rows:
        assert row.kind in kinds and row.service_type in types
        assert (row.amount is None) == (row.fund_source is None)
        assert row.fund_source is None or row.fund_source in sources
        assert row.quantity_unit is None or row.quantity_unit in units


def test_the_command_loads_and_says_so(app: Flask, session: Session) -> None:
    runner = app.test_cli_runner()
    arguments = ["demo", "load", *"--children 12 --cases 10 --years 1 --reporting 0".split()]
    first = runner.invoke(args=[*arguments, "--until", "2026-11-23T07:00:00+00:00"])
    assert first.exit_code == 0
    assert "12 children and 10 cases" in first.output
    again = runner.invoke(args=arguments)
    assert again.exit_code == 1
    assert "not empty" in again.output


def test_closed_cases_were_reviewed_and_some_go_on(province: Session) -> None:
    closed = set(province.scalars(select(Case.id).where(Case.state == CaseState.CLOSED)))
    agreed = select(Review.case_id).where(Review.closing_state == ClosingState.AGREED)
    assert closed and set(province.scalars(agreed)) == closed
    proposals = Counter(province.scalars(select(Review.proposal)))
    assert min(proposals[p] for p in Proposal) > 5
    assert province.scalars(select(Case.id).where(Case.cycle == 2)).first()
    assert province.scalars(
        select(Review.id).where(Review.closing_state == ClosingState.PENDING)
    ).first()
    later = aliased(Case)
    chains = province.execute(select(Case, later).join(later, later.previous_id == Case.id)).all()
    assert chains
    for old, new in chains:
        assert old.state is CaseState.CLOSED and new.child_id == old.child_id
        assert old.ended_at < new.opened_at <= UNTIL and new.number != old.number
