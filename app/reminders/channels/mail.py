"""E-mail by SMTP: the same Message-ID at every attempt, and nothing personal in it."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from app.core.mail_server import needs_tls
from app.core.tls import trusted
from app.reminders.channels.answers import Down, Refused, Stalled, Unreachable
from app.reminders.channels.limits import ALTOGETHER, CONNECTING, within

PERMANENT = 500
BOUNCED = "rcpt"  # begins the error of an address that the server does not know


class _Greeted:
    """A server that greets us a letter at a time is left, as one that says nothing."""

    sock: socket.socket | None

    def connect(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        with within(CONNECTING, lambda: self.sock):
            return super().connect(*args, **kwargs)  # type: ignore[misc,no-any-return]


class _SmtpPlain(_Greeted, smtplib.SMTP):
    """Without TLS from the start."""


class _SmtpTls(_Greeted, smtplib.SMTP_SSL):
    """With TLS from the start."""


class Smtp:
    """`url`: smtp://user:password@host:port, or smtps:// for TLS from the start. STARTTLS is
    insisted on, with a good certificate; on this machine, or with `?tls=0`, it is used where the
    server offers it. `?from=` names the sender, `certificate` says who we are."""

    def __init__(self, url: str, sender: str, certificate: Path | None = None) -> None:
        parts, self._context = urlsplit(url), trusted(certificate)
        asked = dict(parse_qsl(parts.query))
        self.sender = asked.get("from", sender)
        self._is_tls, self._needs_tls = parts.scheme == "smtps", needs_tls(url)
        self._host = str(parts.hostname)
        self._port = parts.port or (smtplib.SMTP_SSL_PORT if self._is_tls else smtplib.SMTP_PORT)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")

    def send(self, message: EmailMessage) -> None:
        """Raises Refused for an address or a mail that will never be taken, Unreachable for one
        that is not taken now, Stalled or Down for a server that takes none."""
        message["From"], message["Date"] = self.sender, formatdate(localtime=False)
        with self._greeted() as server:
            try:
                with within(ALTOGETHER, lambda: server.sock):
                    self._hand_over(server, message)
            except smtplib.SMTPException as error:
                raise _said(error) from None
            except OSError as error:
                raise Stalled(type(error).__name__) from None

    @contextmanager
    def _greeted(self) -> Iterator[smtplib.SMTP]:
        """What the server says to our leaving no longer counts: the mail is taken or not."""
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise Down(type(error).__name__) from None
        try:
            yield server
        finally:
            with suppress(OSError, smtplib.SMTPException), within(1, lambda: server.sock):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        if self._is_tls:
            context = self._context
            return _SmtpTls(self._host, self._port, timeout=CONNECTING, context=context)
        return _SmtpPlain(self._host, self._port, timeout=CONNECTING)

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        try:
            server.ehlo()
            if not self._is_tls and (self._needs_tls or server.has_extn("starttls")):
                server.starttls(context=self._context)
            if self._user:
                server.login(self._user, self._password)
        except (OSError, smtplib.SMTPException) as error:
            raise Down(type(error).__name__) from None
        server.send_message(message)


def _said(error: smtplib.SMTPException) -> Exception:
    """What the server's answer means for this mail, and for the others."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max(code for code, _text in error.recipients.values())
        return Refused(f"{BOUNCED} {code}") if code >= PERMANENT else Unreachable(str(code))
    if isinstance(error, smtplib.SMTPNotSupportedError):  # letters that this server cannot address
        return Refused(f"{BOUNCED} {type(error).__name__}")
    if isinstance(error, smtplib.SMTPDataError):
        code = error.smtp_code
        return Refused(f"data {code}") if code >= PERMANENT else Unreachable(str(code))
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Stalled(type(error).__name__)
    return Down(type(error).__name__)  # of us: our name, our address, our password
