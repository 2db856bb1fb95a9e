"""Sending when the other side is down, slow, broken or picky; and what never leaves the house."""

import contextlib
import time
from base64 import encodebytes
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.core import clock
from app.core.db import db
from app.core.ids import new_id
from app.core.sealed import DataKey
from app.deadlines.services import start_clocks
from app.people.models import Child
from app.reminders.channels import http, mail
from app.reminders.channels.answers import Down, Refused, Stalled, Unreachable
from app.reminders.channels.carriers import carriers_of, mail_carrier, sms_carrier
from app.reminders.channels.mail import Smtp
from app.reminders.channels.sms import Gateway
from app.reminders.models import (
    Channel,
    Delivery,
    DeliveryState,
    Message,
    Obligation,
    ReminderChoice,
    ReminderRuleChange,
)
from app.reminders.queries.rules import rules_in_force
from app.reminders.rules import rules_of_file
from app.reminders.services.fire import fire
from app.reminders.services.messages import MOST_ATTEMPTS, Carrier, Letter, gather, send_one
from app.reminders.services.passes import run_pass
from config import Settings
from tests.canaries import fill
from tests.cases.story import Story, make_story
from tests.factories import CaseFactory, UserFactory
from tests.reminders.leaks import leaks
from tests.reminders.servers import site, smtp_to, speaker
from tests.reminders.story import many_people, wants_mail
from tests.reminders.test_mail import Mailbox
from tests.world import make_world

BASE = "https://vongtay.example.vn"
TAKES_ALL = tuple(
    line.encode() + b"\r\n" for line in ("220 hello", "250 me", "250 from", "250 to", "354 go")
)
NOBODY = "smtp://127.0.0.1:9"


@pytest.fixture
def story(session: Session) -> Story:
    made = make_story(session)
    made.case.owner_id = made.worker.id
    made.worker.email = "canbo@example.vn"
    made.supervisor.email = "giamsat@example.vn"
    wants_mail(session, made.worker, made.supervisor)
    return made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of waiting, in tenths of seconds."""
    for module in (http, mail):
        monkeypatch.setattr(module, "CONNECTING", 0.3)
        monkeypatch.setattr(module, "ALTOGETHER", 0.6)


def a_pass(carrier: Carrier, now: datetime, channel: Channel = Channel.MAIL) -> None:
    run_pass(db.sessionmaker, {channel: carrier}, now)


def by_mail(place: str) -> Carrier:
    return mail_carrier(Smtp(place, "vongtay@example.vn"), BASE)


def messages(session: Session) -> list[Message]:
    session.rollback()
    return list(session.scalars(select(Message).order_by(Message.id)))


def a_letter(session: Session, user: User) -> Message:
    """A mail that waits, with one reminder in it."""
    now = clock.now()
    obligation = Obligation(
        kind="personal", subject_id=new_id(), occurrence="1", user_id=user.id, started_at=now,
        due_at=now, opened_at=now, asked_at=now,
        last_at=now, next_at=None,
    )  # fmt: skip
    message = Message(
        user_id=user.id, channel=Channel.MAIL, is_urgent=False, created_at=now, try_at=now
    )
    session.add_all([obligation, message])
    session.flush()
    session.add(
        Delivery(
            obligation_id=obligation.id, kind="personal", occurrence="p1", channel=Channel.MAIL,
            recipient_id=user.id, is_urgent=False, state=DeliveryState.WAITING, created_at=now,
            send_after=now, message_id=message.id,
        )
    )  # fmt: skip
    session.commit()
    return message


def send_all(carrier: Carrier, now: datetime) -> int:
    """One sending after the other, until nothing waits or the channel takes no more."""
    for count in range(50):
        one = send_one(db.sessionmaker, {Channel.MAIL: carrier}, rules_of_file().limits, now)
        if one is None or one.is_stalled:
            return count + (one is not None)
    raise AssertionError("it does not end")


# a server that is down, slow or silent


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("lines", "drip", "expected"),
    [
        ((), 0.0, Down),  # never greets
        ((b"220 hello\r\n",), 0.0, Down),  # greets, then silence
        ((b"220 hello\r\n",), 0.1, Stalled),  # a byte at a time, for ever
        ((b"554 not you\r\n",), 0.0, Down),
        (TAKES_ALL, 0.0, Stalled),  # has the mail, and does not say so
    ],
)  # fmt: skip
def test_nobody_keeps_us_waiting(
    session: Session, lines: tuple[bytes, ...], drip: float, expected: type[Exception]
) -> None:
    message = a_letter(session, UserFactory(email="canbo@example.vn"))
    began = time.monotonic()
    with speaker(*lines, drip=drip) as place:
        assert send_all(by_mail(f"smtp://{place}"), clock.now()) == 1
    assert time.monotonic() - began < 4
    [kept] = messages(session)
    assert kept.id == message.id and kept.state is DeliveryState.WAITING and kept.error
    assert kept.attempts == (0 if expected is Down else 1)


def test_a_server_that_is_down_is_asked_once_a_pass_and_costs_no_message_its_life(
    session: Session,
) -> None:
    for _ in range(5):
        a_letter(session, UserFactory(email="canbo@example.vn"))
    now, carrier = clock.now(), by_mail(NOBODY)
    for minutes in range(0, 3 * MOST_ATTEMPTS):
        assert send_all(carrier, now + timedelta(minutes=2 * minutes)) == 1
    assert {(one.state, one.attempts) for one in messages(session)} == {(DeliveryState.WAITING, 0)}


@pytest.mark.parametrize("jump", [timedelta(hours=3), timedelta(days=1), timedelta(days=300)])
def test_a_mail_tried_while_the_clock_was_ahead_does_not_wait_for_that_time(
    session: Session, jump: timedelta
) -> None:
    a_letter(session, UserFactory(email="canbo@example.vn"))
    now, sent = clock.now(), list[Letter]()
    send_all(by_mail(NOBODY), now + jump)
    send_all(lambda _session, letter: sent.append(letter), now + timedelta(minutes=1))
    assert len(sent) == 1


def test_a_digest_set_while_the_clock_was_ahead_does_not_wait_for_that_time(
    session: Session, story: Story
) -> None:
    sent: list[Letter] = []
    right = story.received_at + timedelta(minutes=5)
    run_pass(db.sessionmaker, {}, right + timedelta(days=90))
    run_pass(db.sessionmaker, {Channel.MAIL: lambda _s, one: sent.append(one)}, right)
    assert {one.is_urgent for one in sent} == {True, False}


def test_a_wrong_password_of_ours_kills_no_mail(session: Session) -> None:
    a_letter(session, UserFactory(email="canbo@example.vn"))
    answers = (b"220 hello\r\n", b"250-me\r\n250 AUTH PLAIN\r\n", b"535 no\r\n", b"221 bye\r\n")
    with speaker(*answers) as place:
        send_all(by_mail(f"smtp://me:wrong@{place}"), clock.now())
    [kept] = messages(session)
    assert (kept.state, kept.attempts) == (DeliveryState.WAITING, 0)
    assert kept.error == "SMTPAuthenticationError"


def test_channels_do_not_wait_for_each_other(session: Session, story: Story) -> None:
    """The mail server is down; the text messages leave."""
    give_phone(session, story.worker)
    sent: list[Letter] = []
    carriers: dict[Channel, Carrier] = {
        Channel.MAIL: by_mail(NOBODY),
        Channel.SMS: lambda _session, letter: sent.append(letter),
    }
    run_pass(db.sessionmaker, carriers, story.received_at + timedelta(hours=7))
    assert [letter.user_id for letter in sent] == [story.worker.id]


# one that is sent holds nothing but its own row


@pytest.mark.real_time
def test_while_one_mail_is_under_way_everything_else_can_be_written(session: Session) -> None:
    slow, quick = (UserFactory(email=f"{name}@example.vn") for name in ("slow", "quick"))
    first, second = a_letter(session, slow), a_letter(session, quick)
    under_way, go_on = Event(), Event()

    def carry(_session: Session, _letter: Letter) -> None:
        under_way.set()
        go_on.wait(20)

    make = db.sessionmaker
    thread = Thread(target=lambda: _with(make, carry))
    thread.start()
    try:
        assert under_way.wait(10)
        with make.begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '1s'"))
            other.execute(text("UPDATE users SET name = name"))
            other.execute(text("UPDATE obligations SET level = level"))
            other.execute(text("UPDATE deliveries SET read_at = now()"))
        sent: list[Letter] = []
        _with(make, lambda _s, one: sent.append(one))
        assert {one.message_id for one in sent} < {first.id, second.id}
    finally:
        go_on.set()
        thread.join(20)


def _with(make: Any, carry: Carrier) -> None:
    send_one(make, {Channel.MAIL: carry}, rules_of_file().limits, clock.now())


class Killed(BaseException):
    """The process ends here."""


def test_a_process_that_dies_after_sending_sends_the_same_mail_again(session: Session) -> None:
    a_letter(session, UserFactory(email="canbo@example.vn"))
    box = Mailbox()
    with smtp_to(box) as smtp:
        carrier = mail_carrier(smtp, BASE)

        def and_die(own: Session, letter: Letter) -> None:
            carrier(own, letter)
            raise Killed

        with pytest.raises(Killed):
            send_all(and_die, clock.now())
        for minutes in (0, 1, 5):
            send_all(carrier, clock.now() + timedelta(minutes=minutes))
    ids = Counter(one["Message-ID"] for _to, one, _raw in box.kept)
    assert list(ids.values()) == [2]


@pytest.mark.parametrize("error", [Killed(), Stalled("TimeoutError"), Unreachable("451")])
def test_nothing_new_joins_a_mail_that_may_have_arrived(
    session: Session, story: Story, error: BaseException
) -> None:
    """Under one id the same lines, whatever becomes due between two attempts."""
    sent: list[Letter] = []

    def and_fail(_session: Session, letter: Letter) -> None:
        sent.append(letter)
        if letter.user_id == story.worker.id:  # in whatever order those of one moment come
            raise error

    moment = story.received_at + timedelta(minutes=61)
    with contextlib.suppress(Killed):
        a_pass(and_fail, moment)
    a_letter_of_danger(session, story)
    for minutes in (1, 5):
        a_pass(lambda _s, one: sent.append(one), moment + timedelta(minutes=minutes))
    mine = [one for one in sent if one.user_id == story.worker.id]
    lines = {(one.message_id, one.lines) for one in mine}
    assert len(mine) == 3 and len(lines) == len({one.message_id for one in mine}) == 2


def a_letter_of_danger(session: Session, story: Story) -> None:
    """A further emergency of the same worker, half of whose time is over."""
    case = CaseFactory(worked_by=story.unit)
    case.owner_id = story.worker.id
    start_clocks(
        session, subject_id=case.id, subject_label=case.number, rule_keys=["T_EMERG"],
        started_at=story.received_at - timedelta(hours=6), unit_id=story.unit.id,
        commune_code=story.unit.commune_code, now=story.received_at,
    )  # fmt: skip
    session.commit()


def test_what_was_put_back_goes_as_it_was(session: Session) -> None:
    """It may have arrived before it died: what became due meanwhile is a message of its own."""
    user = UserFactory(email="canbo@example.vn")
    first = a_letter(session, user)
    first.state = DeliveryState.DEAD
    session.flush()
    first.put_back(now=clock.now())
    second = a_letter(session, user)
    session.execute(
        update(Delivery).where(Delivery.message_id == second.id).values(message_id=None)
    )
    session.delete(second)
    session.commit()
    sent: list[Letter] = []
    with db.sessionmaker.begin() as own:
        assert gather(own, clock.now()) == 1
    send_all(lambda _s, one: sent.append(one), clock.now())
    assert [len(one.lines) for one in sent] == [1, 1]


@pytest.mark.real_time
def test_of_many_at_once_one_sends_it(app: Flask, session: Session) -> None:
    for _ in range(12):
        a_letter(session, UserFactory(email="canbo@example.vn"))
    sent: list[Letter] = []

    def work() -> None:
        with app.app_context():
            send_all(lambda _s, one: sent.append(one), clock.now())

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(Counter(one.message_id for one in sent).values()) == {1} and len(sent) == 12


# quiet hours


@pytest.mark.parametrize(("is_urgent", "leaves"), [(False, 6), (True, 2)])
def test_a_text_message_that_had_to_wait_does_not_come_at_night(
    session: Session, is_urgent: bool, leaves: int
) -> None:
    user = UserFactory()
    give_phone(session, user)
    message = a_letter(session, user)
    message.channel, message.is_urgent = Channel.SMS, is_urgent
    evening = datetime(2027, 3, 1, 20, 50, tzinfo=clock.LOCAL)
    message.try_at = evening
    session.commit()
    hours: list[int] = []

    def at(moment: datetime, *errors: Exception) -> None:
        def carry(_session: Session, _letter: Letter) -> None:
            for error in errors:
                raise error
            hours.append(clock.local(moment).hour)

        send_one(db.sessionmaker, {Channel.SMS: carry}, rules_of_file().limits, moment)

    at(evening, Down("ConnectionRefusedError"))
    night = evening.replace(day=2, minute=0)
    for hour in (2, 3, 5, 6, 7):
        at(night.replace(hour=hour))
    assert hours == [leaves]


# three days down, then everything at once and once


PEOPLE, EACH = 60, 6


def due_over_three_days(session: Session) -> datetime:
    """EACH reminders for each of PEOPLE, due one after the other within 72 hours; when it began."""
    start = clock.now()
    due = [start + timedelta(hours=11 * n + 1) for n in range(EACH)]
    many_people(session, "nguoi", PEOPLE, since=start, due=due)
    return start


def check_one_mail_each(session: Session, box: Mailbox) -> None:
    assert Counter(to for tos, _mail, _raw in box.kept for to in tos) == {
        f"nguoi{n}@example.vn": 1 for n in range(PEOPLE)
    }
    assert all(one.get_content().count("- ") == EACH for _to, one, _raw in box.kept)
    told = select(func.count()).where(Delivery.channel == Channel.APP)
    session.rollback()
    assert session.scalar(told) == PEOPLE * EACH


@pytest.mark.wide
def test_three_days_without_a_scheduler_then_one_mail_each(session: Session) -> None:
    start, box = due_over_three_days(session), Mailbox()
    a_pass(by_mail(NOBODY), start)
    with smtp_to(box) as smtp:
        carrier = mail_carrier(smtp, BASE)
        a_pass(carrier, start + timedelta(hours=72))  # told in the application at once
        a_pass(carrier, start + timedelta(hours=96))  # and with the digest of the next morning
        a_pass(carrier, start + timedelta(hours=97))
    check_one_mail_each(session, box)


@pytest.mark.wide
def test_three_days_without_a_mail_server_then_one_mail_each(session: Session) -> None:
    start, box, down = due_over_three_days(session), Mailbox(), by_mail(NOBODY)
    for hours in range(0, 90, 6):
        a_pass(down, start + timedelta(hours=hours))
    with smtp_to(box) as smtp:
        for hours in (96, 97):
            a_pass(mail_carrier(smtp, BASE), start + timedelta(hours=hours))
    check_one_mail_each(session, box)


# one thing that is wrong stops no other


def test_one_message_that_cannot_be_written_stops_no_other_and_dies_in_the_end(
    session: Session,
) -> None:
    bad, *_good = (a_letter(session, UserFactory(email="canbo@example.vn")) for _ in range(4))
    sent: list[Letter] = []

    def carry(_session: Session, letter: Letter) -> None:
        if letter.message_id == bad.id:
            raise KeyError("a template that names what is not there")
        sent.append(letter)

    now = clock.now()
    for hours in range(3 * MOST_ATTEMPTS):
        send_all(carry, now + timedelta(hours=hours))
    assert len(sent) == 3
    states = {one.id: (one.state, one.error) for one in messages(session)}
    assert states.pop(bad.id) == (DeliveryState.DEAD, "KeyError")
    assert set(states.values()) == {(DeliveryState.SENT, None)}


def test_one_obligation_that_cannot_be_counted_stops_no_other(session: Session) -> None:
    """Its time lies after the last day of any calendar."""
    now, user = clock.now(), UserFactory()
    end = datetime(9999, 12, 30, tzinfo=now.tzinfo)
    for kind, due in (("referral_new", end), ("personal", now)):
        session.add(
            Obligation(
                kind=kind, subject_id=new_id(), occurrence="1", user_id=user.id, unit_id=None,
                started_at=now - timedelta(days=1), due_at=due, opened_at=now, asked_at=now,
                last_at=now - timedelta(days=2), next_at=now - timedelta(minutes=2),
            )
        )  # fmt: skip
    session.commit()
    with db.sessionmaker.begin() as own:
        assert fire(own, rules_of_file(), now) == 2
    session.rollback()
    assert session.scalars(select(Delivery.kind)).all() == ["personal"]
    bad = session.scalars(select(Obligation).where(Obligation.kind == "referral_new")).one()
    assert bad.next_at is not None and bad.next_at > now


@pytest.mark.parametrize(
    "steps", [{"visit": [{"part": "half"}]}, {"visit": []}, {"visit": 7}, {"visit": [3]}, {"x": 1}]
)
def test_steps_that_cannot_be_read_leave_those_of_the_file(
    session: Session, story: Story, steps: dict[str, Any]
) -> None:
    session.add(
        ReminderRuleChange(
            number=1, steps=steps, reason="Thử", typed_at=clock.now(), by_id=story.worker.id
        )
    )
    session.commit()
    assert rules_in_force(session).kinds["visit"] == rules_of_file().kinds["visit"]
    assert run_pass(db.sessionmaker, {}, clock.now()).opened == 5  # with the board of the 24


@pytest.mark.parametrize(
    "address",
    ["a@b.vn\nBcc: x@y.vn", "a@b.vn\r\n\r\nhello", "a@b.vn, c@d.vn", "a", "a@b.vn <c@d.vn>"],
)  # fmt: skip
def test_an_address_opens_no_header_and_no_second_recipient(session: Session, address: str) -> None:
    a_letter(session, UserFactory(email=address))
    a_letter(session, UserFactory(email="canbo@example.vn"))
    box = Mailbox()
    with smtp_to(box) as smtp:
        send_all(mail_carrier(smtp, BASE), clock.now())
    assert [to for to, _mail, _raw in box.kept] == [["canbo@example.vn"]]
    assert messages(session)[0].error == "rcpt address"


def test_a_broken_setting_takes_one_channel_away_and_no_other(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "vapid.pem").write_text("no key")
    secrets = {"mail_url": SecretStr("smtp://host:port"), "sms_url": SecretStr("https://sms.vn")}
    broken = settings.model_copy(update={**secrets, "instance_dir": tmp_path})
    assert set(carriers_of(broken)) == {Channel.SMS}


# the gateway of text messages


def give_phone(session: Session, user: User) -> None:
    session.execute(delete(ReminderChoice).where(ReminderChoice.user_id == user.id))
    key = DataKey.new()
    choice = ReminderChoice(
        key=key, user_id=user.id, channels={"*": ["sms"]}, phone="+84912345678",
        changed_at=clock.now(),
    )  # fmt: skip
    session.add_all([key, choice])
    session.commit()


def test_a_text_message_is_one_form_in_plain_letters(session: Session, story: Story) -> None:
    give_phone(session, story.worker)
    with site() as gateway:
        url = gateway.url.replace("//", "//user:p%40ss@") + "/send?brand=vongtay"
        a_pass(sms_carrier(Gateway(url), BASE), story.received_at + timedelta(hours=7), Channel.SMS)
    [(path, headers, body)] = gateway.kept
    fields = {name: value[0] for name, value in parse_qs(body.decode()).items()}
    assert path == "/send?brand=vongtay" and headers["Authorization"] == "Basic dXNlcjpwQHNz"
    assert fields["to"] == "+84912345678" and fields["text"].isascii()
    assert story.case.number in fields["text"] and f"{BASE}/reminders/" in fields["text"]
    [message] = [one for one in messages(session) if one.channel is Channel.SMS]
    assert fields["id"] == str(message.id) and message.state is DeliveryState.SENT


@pytest.mark.parametrize(
    ("status", "expected"),
    [(500, Stalled), (503, Stalled), (429, Down), (401, Down), (302, Down), (400, Refused)],
)
def test_what_the_gateway_answers(status: int, expected: type[Exception]) -> None:
    with site() as gateway:
        gateway.status = status
        with pytest.raises(expected, match=str(status)):
            Gateway(gateway.url).send(to="+84912345678", text="x", message_id="1")


@pytest.mark.real_time
def test_a_gateway_that_hangs_is_left(session: Session) -> None:
    began = time.monotonic()
    with site() as gateway:
        gateway.silent.set()
        with pytest.raises(Stalled):
            Gateway(gateway.url).send(to="+84912345678", text="x", message_id="1")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "ftp://x/", "http://", "https://", "https://x:port/"]
)
def test_a_gateway_that_is_not_there(url: str) -> None:
    with pytest.raises(Down):
        Gateway(url).send(to="+84912345678", text="x", message_id="1")


@pytest.mark.parametrize("url", ["http://sms.example/", "http://user:word@10.0.0.9/", "//x/"])
def test_no_message_goes_to_another_machine_in_clear(url: str) -> None:
    with pytest.raises(Down, match="scheme"):
        Gateway(url).send(to="+84912345678", text="x", message_id="1")


def test_a_gateway_that_was_too_busy_gets_the_same_id_again(session: Session, story: Story) -> None:
    give_phone(session, story.worker)
    with site() as gateway:
        gateway.statuses = [500, 429]
        for hours in (7, 7.1, 7.2):
            carrier = sms_carrier(Gateway(gateway.url), BASE)
            a_pass(carrier, story.received_at + timedelta(hours=hours), Channel.SMS)
    ids = {parse_qs(body.decode())["id"][0] for _path, _headers, body in gateway.kept}
    assert len(gateway.kept) == 3 and len(ids) == 1


# nothing of a child leaves the house


@pytest.fixture
def words(session: Session) -> list[str]:
    """Of a case that has an unmistakable word wherever one can be written; everybody is mailed."""
    world = make_world(session)
    cage = fill(session, world.mine)
    for user in session.scalars(select(User)).unique():
        user.email = f"{user.username}@example.vn"
    session.commit()
    give_phone(session, world.mine.users[Role.COMMUNE_CHAIR])
    child = session.scalars(select(Child).where(Child.id == world.mine.ids["child_id"])).unique()
    spelt = [word for canary in cage.canaries for word in canary.spellings]
    return [*spelt, str(child.one().full_name), "Phố Hiến", "VIOLENCE", "bạo lực"]


def test_no_mail_and_no_text_message_has_a_word_of_the_case(
    session: Session, words: list[str]
) -> None:
    box = Mailbox()
    with smtp_to(box) as smtp, site() as gateway:
        carriers = {
            Channel.MAIL: mail_carrier(smtp, BASE),
            Channel.SMS: sms_carrier(Gateway(gateway.url), BASE),
        }
        for days in (0, 1, 3, 30, 400):
            run_pass(db.sessionmaker, carriers, clock.now() + timedelta(days=days))
    sent = [raw for _to, _mail, raw in box.kept]
    assert len(sent) > 5 and gateway.kept and len(words) > 40
    for raw in (*sent, *(body for _path, _headers, body in gateway.kept)):
        assert leaks(raw, words) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda word: f"Subject: x\n\n{word}".encode(),
        lambda word: f"Subject: {word}\n\nx".encode(),
        lambda word: word.encode("utf-16-le"),
        lambda word: b"Content-Transfer-Encoding: base64\n\n" + _base64(f"xy{word}"),
        lambda word: b"no header " + _base64(f"x{word}zz"),
        lambda word: f"text={''.join(f'%{byte:02X}' for byte in word.encode())}".encode(),
        lambda word: word.encode().hex().encode(),
    ],
)
def test_a_word_is_found_however_it_is_written(write: Callable[[str], bytes]) -> None:
    """The positive control."""
    assert leaks(write("Nguyễn Thị Ánh"), ["Nguyễn Thị Ánh", "nobody"]) == ["Nguyễn Thị Ánh"]


def _base64(word: str) -> bytes:
    return encodebytes(word.encode())


def test_unreachable_is_the_weakest_of_refusals() -> None:
    assert issubclass(Down, Stalled) and issubclass(Stalled, Unreachable)
