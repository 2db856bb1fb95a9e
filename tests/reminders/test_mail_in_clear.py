"""No mail leaves in clear for another machine, nor to a server that cannot show who it is."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth import accounts
from app.auth.invitations import send_invitation
from app.core import clock
from app.core.mail_server import needs_tls
from app.core.outbox import OutboxMessage
from app.reminders.channels.answers import Down
from app.reminders.channels.mail import Smtp
from config import Settings
from tests.factories import UserFactory
from tests.reminders.certificates import certificate, server_of
from tests.reminders.servers import free_port, smtp_to
from tests.reminders.test_mail import Mailbox


@pytest.mark.parametrize(
    ("url", "needed"),
    [
        ("smtp://mail.example:587", True),
        ("smtp://10.0.0.5", True),
        ("smtp://mail.example:587?from=a%40b.vn&tls=1", True),
        ("smtp://mail.example:25?tls=0", False),
        ("smtp://localhost:25", False),
        ("smtp://127.0.0.1:25?from=a%40b.vn", False),
        ("smtp://127.0.0.1:25?tls=1", True),
        ("smtp://localhost.evil.example", True),
    ],
)
def test_who_needs_it(url: str, needed: bool) -> None:
    assert needs_tls(url) is needed


def letter() -> EmailMessage:
    mail = EmailMessage()
    mail["To"], mail["Subject"] = "canbo@example.vn", "x"
    mail.set_content("y")
    return mail


def test_a_server_without_tls_gets_no_reminder() -> None:
    box = Mailbox()
    with smtp_to(box) as smtp:
        smtp.send(letter())
        smtp._needs_tls = True  # as for a server elsewhere
        with pytest.raises(Down, match="NotSupported"):
            smtp.send(letter())
    assert len(box.kept) == 1


def test_a_server_without_tls_gets_no_invitation(session: Session, settings: Settings) -> None:
    box = Mailbox()
    user = UserFactory(email="a@example.vn")
    accounts.invite_user(session, None, user, by_mail=True, now=clock.now())
    message = session.scalars(select(OutboxMessage)).one()
    with smtp_to(box) as smtp:
        plain = f"smtp://127.0.0.1:{smtp._port}"
        for url in (plain, f"{plain}?tls=1&from=a%40example.vn"):
            sent = settings.model_copy(update={"mail_url": SecretStr(url)})
            if url == plain:
                send_invitation(sent, session, message)
            else:
                with pytest.raises(smtplib.SMTPNotSupportedError):
                    send_invitation(sent, session, message)
    assert len(box.kept) == 1


def test_a_certificate_of_nobody_we_know_is_refused(tmp_path: Path) -> None:
    box, port = Mailbox(), free_port()
    server = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        tls_context=server_of(certificate(tmp_path, "nobody")),
        require_starttls=True,
    )
    server.start()
    try:
        with pytest.raises(Down, match="SSLCertVerificationError"):
            Smtp(f"smtp://127.0.0.1:{port}?tls=1", "vongtay@example.vn").send(letter())
    finally:
        server.stop()
    assert box.kept == []
