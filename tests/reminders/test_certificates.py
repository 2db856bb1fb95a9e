"""To a mail server and a gateway that ask, we show a certificate in the place of a password; and a
server that cannot show its own gets nothing."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from app.auth.mail import deliver
from app.reminders.channels.answers import Down, Stalled
from app.reminders.channels.carriers import carriers_of
from app.reminders.channels.mail import Smtp
from app.reminders.channels.sms import Gateway
from app.reminders.models import Channel
from config import Settings
from tests.reminders.certificates import certificate, server_of
from tests.reminders.servers import free_port, site
from tests.reminders.test_mail import Mailbox
from tests.reminders.test_mail_in_clear import letter

SENDER = "vongtay@example.vn"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return certificate(tmp_path, "ours")


@pytest.fixture
def asking(tmp_path: Path, ours: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server that is trusted here, and asks who comes."""
    theirs = certificate(tmp_path, "theirs")
    monkeypatch.setenv("SSL_CERT_FILE", str(theirs))
    return server_of(theirs, ours)


@contextmanager
def mail_server(context: ssl.SSLContext) -> Iterator[tuple[str, Mailbox]]:
    box, port = Mailbox(), free_port()
    server = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True
    )
    server.start()
    try:
        yield f"smtp://127.0.0.1:{port}?tls=1", box
    finally:
        server.stop()


def invitation() -> EmailMessage:
    mail = letter()
    mail["From"] = SENDER
    return mail


def test_a_mail_server_that_asks_is_shown_who_we_are(asking: ssl.SSLContext, ours: Path) -> None:
    with mail_server(asking) as (url, box):
        Smtp(url, SENDER, ours).send(letter())
        deliver(url, invitation(), ours)
        assert len(box.kept) == 2


def test_without_a_certificate_it_takes_nothing(asking: ssl.SSLContext, tmp_path: Path) -> None:
    """The positive control; nor with one that it does not know."""
    with mail_server(asking) as (url, box):
        for shown in (None, certificate(tmp_path, "stranger")):
            with pytest.raises((Down, Stalled)):
                Smtp(url, SENDER, shown).send(letter())
            with pytest.raises(OSError):  # noqa: PT011  # whichever of its kinds, by the moment
                deliver(url, invitation(), shown)
        assert box.kept == []


def test_a_gateway_that_asks_is_shown_who_we_are(
    asking: ssl.SSLContext, ours: Path, tmp_path: Path
) -> None:
    with site(asking) as gateway:
        for shown in (None, certificate(tmp_path, "stranger")):
            with pytest.raises((Down, Stalled)):
                Gateway(gateway.url, shown).send(to="+84912345678", text="x", message_id="1")
        assert gateway.kept == []
        Gateway(gateway.url, ours).send(to="+84912345678", text="x", message_id="1")
        assert len(gateway.kept) == 1


def test_the_setting_is_what_is_shown(settings: Settings, ours: Path) -> None:
    """A certificate that cannot be read leaves its channels out, and is said in the log."""
    values = {"mail_url": SecretStr("smtp://127.0.0.1:9"), "sms_url": SecretStr("https://x/")}
    known = settings.model_copy(update={**values, "client_certificate": ours})
    assert {Channel.MAIL, Channel.SMS} <= set(carriers_of(known))
    ours.write_text("no certificate")
    assert Channel.MAIL not in carriers_of(known)


@pytest.mark.parametrize("is_known", [True, False])
def test_an_invitation_goes_by_tls_to_a_server_that_shows_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    """With TLS from the start; a link that sets a password is not told to anybody else."""
    theirs, box, port = certificate(tmp_path, "theirs"), Mailbox(), free_port()
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(theirs))
    server = Controller(box, hostname="127.0.0.1", port=port, ssl_context=server_of(theirs))
    server.start()
    try:
        if is_known:
            deliver(f"smtps://127.0.0.1:{port}", invitation())
        else:
            with pytest.raises(ssl.SSLCertVerificationError):
                deliver(f"smtps://127.0.0.1:{port}", invitation())
    finally:
        server.stop()
    assert len(box.kept) == is_known
