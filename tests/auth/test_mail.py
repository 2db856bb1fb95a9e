"""The invitation by mail, to a server that the test runs itself."""

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_string, policy
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth import accounts
from app.auth.invitations import link_of, send_invitation
from app.auth.models import Role
from app.auth.notices import Notice, send_notice, tell
from app.core import clock
from app.core.outbox import OutboxMessage
from config import Settings
from tests.factories import UnitFactory, UserFactory

ANSWERS = {"EHLO": "250 test", "MAIL": "250 ok", "RCPT": "250 ok", "QUIT": "221 bye"}


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks just enough SMTP to take one message."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.taken: list[str] = []


class Taker(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            word = line.decode().split()[0].upper() if line.strip() else ""
            if word == "DATA":
                self.wfile.write(b"354 go\r\n")
                self.server.taken.append(self._message())
                self.wfile.write(b"250 ok\r\n")
            else:
                self.wfile.write(f"{ANSWERS.get(word, '250 ok')}\r\n".encode())
            if word == "QUIT":
                return

    def _message(self) -> str:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.decode())
        return "".join(lines)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_mail_holds_the_link_and_nothing_of_the_account(
    session: Session, settings: Settings, mail_server: MailServer, tmp_path: Path
) -> None:
    user = UserFactory(
        username="bi.mat", name="Lê Thị Hòa", email="a@example.vn", unit=UnitFactory()
    )
    invitation = accounts.invite_user(session, None, user, by_mail=True, now=clock.now())
    message = session.scalars(select(OutboxMessage)).one()
    assert message.payload == {"invitation_id": str(invitation.id)}
    url = SecretStr(f"smtp://127.0.0.1:{mail_server.server_address[1]}?from=ubnd%40example.vn")
    send_invitation(settings.model_copy(update={"mail_url": url}), session, message)
    (mail,) = mail_server.taken
    assert "From: ubnd@example.vn" in mail
    assert f"Message-ID: <{message.id}@vong-tay>" in mail
    link = link_of(invitation.id, settings.base_url)
    assert link.rpartition("/")[2] in decoded(mail)
    for personal in ("bi.mat", "Hòa", Role.CP_WORKER.value):
        assert personal not in decoded(mail)


@pytest.mark.parametrize("notice", list(Notice))
def test_a_notice_of_the_account_names_nobody(
    session: Session, settings: Settings, mail_server: MailServer, notice: Notice
) -> None:
    user = UserFactory(username="bi.mat", name="Lê Thị Hòa", email="a@example.vn")
    silent = UserFactory(email=None)
    for one in (user, silent):
        tell(session, one.id, notice, now=clock.now())
    message = session.scalars(select(OutboxMessage)).one()
    url = SecretStr(f"smtp://127.0.0.1:{mail_server.server_address[1]}")
    send_notice(settings.model_copy(update={"mail_url": url}), session, message)
    (mail,) = mail_server.taken
    assert f"Message-ID: <{message.id}@vong-tay>" in mail
    assert "/auth/profile" in decoded(mail)
    for personal in ("bi.mat", "Hòa", Role.CP_WORKER.value, "a@example.vn"):
        assert personal not in decoded(mail)


def test_a_used_invitation_is_not_mailed(
    session: Session, settings: Settings, mail_server: MailServer
) -> None:
    user = UserFactory(email="a@example.vn")
    invitation = accounts.invite_user(session, None, user, by_mail=True, now=clock.now())
    invitation.used_at = clock.now()
    session.flush()
    url = SecretStr(f"smtp://127.0.0.1:{mail_server.server_address[1]}")
    message = session.scalars(select(OutboxMessage)).one()
    send_invitation(settings.model_copy(update={"mail_url": url}), session, message)
    assert mail_server.taken == []


def decoded(mail: str) -> str:
    body = message_from_string(mail, policy=policy.default).get_content()
    return str(body)
