"""How long what is kept: one table of rules, what is about to expire, what the jobs delete."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.jobs import forget_technical
from app.auth.models import Role, UserSession
from app.cases.enums import CaseState
from app.cases.models import Case
from app.cases.queries.retention import expiring_cases, expiry_counts, expiry_of
from app.cases.services import erasures as services
from app.cases.services.erasures import ErasureData
from app.core import clock
from app.core.idempotency import IdempotencyKey
from app.core.ids import new_id
from app.core.outbox import OutboxMessage, enqueue
from app.reference import retention
from app.reference.datafiles import ReferenceDataError
from app.reference.retention import DATA, MACHINE, RECORDS, kept_for, load, retention_rules
from app.reminders.jobs import forget_messages
from app.reminders.models import Channel, Delivery, DeliveryState, Message
from tests.actors import actor_of
from tests.browser import Browser
from tests.cases.story import Story, make_story
from tests.factories import CaseFactory, ChildFactory, UnitFactory, UserFactory

SHIPPED = (DATA / "retention.v1.toml").read_text(encoding="utf-8")


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


def ended(story: Story, on: date, *, state: CaseState = CaseState.CLOSED, **child: Any) -> Case:
    at = clock.now().replace(year=on.year, month=on.month, day=on.day)
    made: Case = CaseFactory(
        worked_by=story.unit, of_child=ChildFactory(**child), state=state, is_ended=True,
        opened_at=at - timedelta(days=200), ended_at=at, last_event_at=at,
    )  # fmt: skip
    return made


# The rules


def test_there_is_one_rule_for_each_kind() -> None:
    rules = retention_rules()
    assert set(rules.by_kind) == {*RECORDS, *MACHINE}
    assert all(rule.mark in "VMI" and rule.citation for rule in rules.rules)
    assert not any(rules.by_kind[kind].is_automatic for kind in RECORDS)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("days = 14\nis_automatic = true", "is_automatic = true", "days or hours"),
        ("years_after_end = 20", "years_after_end = 71", "70"),
        ("years_after_end = 5", "years_after_end = 0", "years_after_end"),
        ('kind = "drafts"', 'kind = "letters"', "automatic"),
        ("years_after_end = 5\nmark", "years_after_end = 5\nis_automatic = true\nmark", "never"),
        ('mark = "I"', 'mark = "X"', "mark"),
        ("erasure_wait_days = 7", "erasure_wait_days = 0", "erasure_wait_days"),
        ('kind = "outbox"', 'kind = "sessions"', "one rule for each kind"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SHIPPED
    (tmp_path / "retention.v1.toml").write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=said):
        load(tmp_path)


def test_an_administrator_replaces_the_file(tmp_path: Path) -> None:
    newer = SHIPPED.replace("version = 1\n", "version = 2\n").replace("days = 14", "days = 3", 1)
    (tmp_path / "retention.v2.toml").write_text(newer, encoding="utf-8")
    retention.install(tmp_path)
    try:
        assert kept_for("drafts") == timedelta(days=3)
    finally:
        retention.install()
    assert kept_for("drafts") == timedelta(days=14)


# When the time is over


@pytest.mark.parametrize(
    ("on", "child", "expires"),
    [
        (date(2026, 1, 5), {"birth_year": 2010}, date(2046, 1, 5)),  # 20 years after the end
        (date(2026, 1, 5), {"birth_year": 2025}, date(2053, 12, 31)),  # 10 years after majority
        (
            date(2026, 1, 5),
            {"birth_year": None, "estimated_age": 3, "estimated_on": date(2025, 6, 1)},
            date(2050, 12, 31),
        ),
        (date(2026, 1, 5), {"birth_year": None}, date(2053, 12, 31)),  # as if born at the report
    ],
)
def test_the_later_of_two_terms_counts(
    session: Session, story: Story, on: date, child: dict[str, Any], expires: date
) -> None:
    case = ended(story, on, **child)
    assert expiry_of(session, [case.id]) == expires


def test_what_was_not_confirmed_goes_sooner(session: Session, story: Story) -> None:
    case = ended(story, date(2026, 1, 5), state=CaseState.NOT_CONFIRMED)
    assert expiry_of(session, [case.id]) == date(2031, 1, 5)


def test_a_case_that_runs_keeps_the_child(session: Session, story: Story) -> None:
    case = ended(story, date(1990, 1, 5), birth_year=1985)
    assert expiry_of(session, [case.id, story.case.id]) is None


def test_counts_and_lists_agree(browser: Browser, session: Session, story: Story) -> None:
    old = ended(story, date(1999, 3, 1), birth_year=1990)
    soon = ended(story, clock.today().replace(year=clock.today().year - 20), birth_year=1990)
    unfounded = ended(story, date(2015, 1, 5), state=CaseState.OUT_OF_SCOPE)
    ended(story, date(2026, 1, 5))
    today = clock.today()
    counts = expiry_counts(session, today=today, until=today + timedelta(days=400))
    assert sum(one.children for one in counts if one.kind == "closed_case") == 2
    assert [one.children for one in counts if one.kind == "unfounded_report"] == [1]
    found, more = expiring_cases(
        session, actor_of(story.supervisor), until=today + timedelta(days=400), kind=None,
        after=None, limit=2,
    )  # fmt: skip
    assert more
    rest, more = expiring_cases(
        session, actor_of(story.supervisor), until=today + timedelta(days=400), kind=None,
        after=found[-1].case_id, limit=2,
    )  # fmt: skip
    assert not more
    assert {one.case_id for one in [*found, *rest]} == {old.id, soon.id, unfounded.id}
    page = browser.sign_in(story.supervisor).open("/retention/")
    assert page.select("a[href^='/retention/cases']")
    listed = browser.open("/retention/cases").get_text()
    for case in (old, soon, unfounded):
        assert case.number in listed
    assert "Nguyễn Minh Anh" not in listed
    only = browser.open("/retention/cases?kind=unfounded_report").get_text()
    assert unfounded.number in only
    assert old.number not in only


def test_an_administrator_sees_numbers_and_no_case(
    browser: Browser, session: Session, story: Story
) -> None:
    old = ended(story, date(1999, 3, 1), birth_year=1990)
    admin = UserFactory(role=Role.ADMINISTRATOR, unit=UnitFactory(doh=True))
    page = browser.sign_in(admin).open("/retention/")
    assert "đã hết hạn" in page.get_text()
    assert old.number not in page.get_text()
    assert not page.select("main a[href^='/retention/cases']")
    browser.open("/retention/cases", expect=403)


def test_when_the_time_is_over_it_is_a_ground(session: Session, story: Story) -> None:
    old = ended(story, date(1999, 3, 1), birth_year=1990)
    data = ErasureData("retention_over", "Hết thời hạn lưu theo bảng thời hạn của Sở Y tế")
    actor = actor_of(story.supervisor)
    services.ask_erasure(session, actor=actor, case=old, data=data, now=clock.now())
    session.commit()
    found, _more = expiring_cases(
        session, actor, until=clock.today(), kind=None, after=None, limit=5
    )
    assert [(one.case_id, one.is_asked) for one in found] == [(old.id, True)]


# What the jobs delete


def test_the_machine_forgets_by_the_same_table(session: Session, story: Story) -> None:
    now = clock.now()
    for age in (timedelta(days=1), timedelta(days=3)):
        session.add(
            IdempotencyKey(
                user_id=story.worker.id,
                key=new_id(),
                route="x",
                body_hash=b"",
                created_at=now - age,
            )
        )
    for age in (None, timedelta(days=29), timedelta(days=31)):
        enqueue(session, "known", {}, now=now)
        session.flush()
        newest = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert newest is not None
        newest.done_at = None if age is None else now - age
    for number, age in enumerate((timedelta(days=89), timedelta(days=91))):
        session.add(
            UserSession(
                token_hash=bytes([number]) * 32, user_id=story.worker.id, created_at=now - age,
                last_seen_at=now - age, expires_at=now - age, confirmed_at=now - age,
            )
        )  # fmt: skip
    session.commit()
    forget_technical(session, now)
    for table, left in ((IdempotencyKey, 1), (OutboxMessage, 2), (UserSession, 1)):
        assert session.scalar(select(func.count()).select_from(table)) == left, table


def test_old_messages_go_and_the_ledger_stays(session: Session, story: Story) -> None:
    now = clock.now()
    for state in (DeliveryState.SENT, DeliveryState.WAITING):
        for days in (364, 366):
            at = now - timedelta(days=days)
            session.add(
                Message(
                    user_id=story.worker.id, channel=Channel.MAIL, is_urgent=False, state=state,
                    created_at=at, try_at=at,
                )
            )  # fmt: skip
    session.commit()
    forget_messages(session, now)
    left = session.scalars(select(Message)).all()
    assert len(left) == 3
    assert session.scalar(select(func.count()).select_from(Delivery)) == 0
