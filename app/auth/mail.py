"""Handing a mail over to the server of MAIL_URL."""

import smtplib
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from app.core.mail_server import needs_tls
from app.core.tls import trusted

_TIMEOUT = 15


def deliver(url: str, mail: EmailMessage, certificate: Path | None = None) -> None:
    """Send through smtp://user:password@host:port or smtps://...; `?from=` names the sender,
    `certificate` says who we are.

    Raises SMTPNotSupportedError where the server has no TLS (app/core/mail_server.py).
    """
    parts, context = urlsplit(url), trusted(certificate)
    secure = parts.scheme == "smtps"
    kind = partial(smtplib.SMTP_SSL, context=context) if secure else smtplib.SMTP
    if sender := parse_qs(parts.query).get("from"):
        mail.replace_header("From", sender[0])
    with kind(parts.hostname or "", parts.port or 0, timeout=_TIMEOUT) as server:
        server.ehlo()
        if not secure and (needs_tls(url) or server.has_extn("starttls")):
            server.starttls(context=context)
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)
