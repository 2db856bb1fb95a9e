"""E-mail by SMTP: the same Message-ID at every attempt, and nothing personal in it."""

import smtplib
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from app.reminders.channels.answers import Refused, Unreachable

TIMEOUT = 10.0
PERMANENT = 500


class Smtp:
    """`url`: smtp://user:password@host:port, or smtps:// for TLS from the start. `?tls=1` asks for
    STARTTLS."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self.sender = sender
        self._host, self._port = str(parts.hostname), parts.port or 25
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._is_tls, self._starts_tls = parts.scheme == "smtps", "tls=1" in parts.query

    def send(self, message: EmailMessage) -> None:
        """Raises Refused for an address that will never take it, Unreachable for all else."""
        message["From"], message["Date"] = self.sender, formatdate(localtime=False)
        connect = smtplib.SMTP_SSL if self._is_tls else smtplib.SMTP
        try:
            with connect(self._host, self._port, timeout=TIMEOUT) as server:
                if self._starts_tls:
                    server.starttls()
                if self._user:
                    server.login(self._user, self._password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(max(code for code, _text in error.recipients.values())) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(type(error).__name__) from None


def _refusal(code: int) -> Refused | Unreachable:
    return Refused(str(code)) if code >= PERMANENT else Unreachable(str(code))
