"""Mail through a real SMTP server: what it says, what it never says, and what it does when one
address or the whole server refuses."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from app.auth.models import User
from app.core import clock
from app.core.db import db
from app.people.models import Child
from app.reminders.channels.answers import Unreachable
from app.reminders.channels.carriers import mail_carrier
from app.reminders.channels.mail import Smtp
from app.reminders.models import Channel, DeliveryState, Message
from app.reminders.services.passes import run_pass
from tests.cases.story import Story, make_story

BASE = "https://vongtay.example.vn"
REFUSED = "khongco@example.vn"


class Mailbox:
    """A server that keeps what it gets, and knows one address that it never takes."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[str], EmailMessage, bytes]] = []
        self.busy = 0  # how often it first says "later"

    async def handle_RCPT(  # noqa: N802  # the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == REFUSED:
            return "550 no such user"
        if self.busy:
            self.busy -= 1
            return "451 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        parsed: Any = message_from_bytes(content, policy=policy.default)
        self.kept.append((list(envelope.rcpt_tos), parsed, content))
        return "250 kept"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, Controller]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield box, controller
    controller.stop()


@pytest.fixture
def smtp(mailbox: tuple[Mailbox, Controller]) -> Smtp:
    return Smtp(f"smtp://127.0.0.1:{mailbox[1].port}", "vongtay@example.vn")


@pytest.fixture
def story(session: DbSession) -> Story:
    made = make_story(session)
    made.case.owner_id = made.worker.id
    made.worker.email = "canbo@example.vn"
    child = session.scalars(select(Child).where(Child.id == made.case.child_id)).unique().one()
    child.full_name = "Zqkanary Minh Anh"
    session.commit()
    return made


def a_pass(smtp: Smtp, story: Story, hours: float = 7) -> None:
    carriers = {Channel.MAIL: mail_carrier(smtp, BASE)}
    run_pass(db.sessionmaker, carriers, story.received_at + timedelta(hours=hours))


def test_a_mail_has_the_number_and_an_address_and_nothing_of_the_child(
    session: DbSession, story: Story, smtp: Smtp, mailbox: tuple[Mailbox, Controller]
) -> None:
    a_pass(smtp, story)
    [(to, mail, raw)] = mailbox[0].kept
    text = mail.get_content()
    assert to == ["canbo@example.vn"] and mail["Auto-Submitted"] == "auto-generated"
    assert story.case.number in text and f"{BASE}/reminders/" in text
    everything = f"{mail.items()} {text} {raw!r} {raw.decode(errors='replace')}"
    for word in ("Zqkanary", "Minh Anh", "Hòa", "Phố Hiến", "bạo lực", "VIOLENCE"):
        assert word not in everything
    message = session.scalars(select(Message)).one()
    assert mail["Message-ID"] == f"<{message.id}@vongtay.example.vn>"


def test_what_is_late_says_so_and_every_mail_leads_to_the_list_and_to_the_choices(
    story: Story, smtp: Smtp, mailbox: tuple[Mailbox, Controller]
) -> None:
    a_pass(smtp, story)
    a_pass(smtp, story, 13)
    early, late = (mail.get_content() for _to, mail, _raw in mailbox[0].kept)
    due = f"{clock.local(story.received_at + timedelta(hours=12)):%H:%M %d/%m/%Y}"
    emergency = f"{story.case.number}, Can thiệp khẩn cấp trong 12 giờ"
    assert f"{emergency}, hạn {due}" in early and f"{emergency}, QUÁ HẠN, hạn {due}" in late
    ends = f"Danh sách đầy đủ: {BASE}/reminders/  Đổi cách nhận: {BASE}/reminders/choices"
    assert ends in early and ends in late


def test_a_server_that_says_later_gets_the_same_mail_again(
    session: DbSession, story: Story, smtp: Smtp, mailbox: tuple[Mailbox, Controller]
) -> None:
    mailbox[0].busy = 1
    a_pass(smtp, story)
    assert mailbox[0].kept == []
    a_pass(smtp, story, 7.1)
    [(_to, mail, _raw)] = mailbox[0].kept
    message = session.scalars(select(Message)).one()
    assert (message.attempts, message.state) == (2, DeliveryState.SENT)
    assert str(message.id) in mail["Message-ID"]


def test_one_refused_address_stops_nobody_else(
    session: DbSession, story: Story, smtp: Smtp, mailbox: tuple[Mailbox, Controller]
) -> None:
    session.get_one(User, story.worker.id).email = REFUSED
    session.get_one(User, story.supervisor.id).email = "giamsat@example.vn"
    session.commit()
    a_pass(smtp, story, 13)
    assert [to for to, _mail, _raw in mailbox[0].kept] == [["giamsat@example.vn"]]
    session.rollback()
    states = {one.user_id: one.state for one in session.scalars(select(Message))}
    assert states[story.worker.id] is DeliveryState.DEAD
    assert states[story.supervisor.id] is DeliveryState.SENT


def test_a_server_that_is_down_is_tried_later() -> None:
    nobody = Smtp("smtp://127.0.0.1:9", "vongtay@example.vn")
    message = EmailMessage()
    message["To"] = "canbo@example.vn"
    with pytest.raises(Unreachable):
        nobody.send(message)


def test_without_an_address_nothing_is_tried(
    session: DbSession, story: Story, smtp: Smtp, mailbox: tuple[Mailbox, Controller]
) -> None:
    session.get_one(User, story.worker.id).email = None
    session.commit()
    a_pass(smtp, story)
    assert mailbox[0].kept == [] and session.scalars(select(Message)).all() == []
