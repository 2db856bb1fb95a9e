"""The carriers of this installation, from its settings; what is not set carries nothing."""

from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.reminders.channels.answers import Refused
from app.reminders.channels.mail import BOUNCED, Smtp
from app.reminders.channels.push import push_carrier
from app.reminders.channels.sms import Gateway
from app.reminders.channels.texts import body_of, short_of, subject_of
from app.reminders.channels.vapid import Vapid
from app.reminders.models import Channel, ReminderChoice
from app.reminders.services.messages import Carrier, Letter
from config import Settings


def carriers_of(settings: Settings) -> Mapping[Channel, Carrier]:
    found: dict[Channel, Carrier] = {}
    if settings.mail_url is not None:
        host = str(urlsplit(settings.base_url).hostname)
        smtp = Smtp(settings.mail_url.get_secret_value(), f"vongtay@{host}")
        found[Channel.MAIL] = mail_carrier(smtp, settings.base_url)
    if settings.sms_url is not None:
        gateway = Gateway(settings.sms_url.get_secret_value())
        found[Channel.SMS] = sms_carrier(gateway, settings.base_url)
    vapid = Vapid.kept_in(settings.instance_dir, settings.base_url)
    found[Channel.PUSH] = push_carrier(vapid, settings.base_url)
    return found


def mail_carrier(smtp: Smtp, base_url: str) -> Carrier:
    host = str(urlsplit(base_url).hostname)

    def carry(session: Session, letter: Letter) -> None:
        address = session.scalar(select(User.email).where(User.id == letter.user_id))
        if not address:
            raise Refused("no address")
        message = EmailMessage()
        message["To"] = _recipient(address)
        message["Message-ID"] = f"<{letter.message_id}@{host}>"
        message["Subject"] = subject_of(letter)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body_of(letter, base_url))
        smtp.send(message)

    return carry


def _recipient(address: str) -> Address:
    """One address and nothing else: what an administrator typed opens no further header. Raises
    Refused."""
    try:
        return Address(addr_spec=address)
    except (ValueError, HeaderParseError):
        raise Refused(f"{BOUNCED} address") from None


def sms_carrier(gateway: Gateway, base_url: str) -> Carrier:
    def carry(session: Session, letter: Letter) -> None:
        choice = session.scalars(
            select(ReminderChoice).where(ReminderChoice.user_id == letter.user_id)
        ).one_or_none()
        if choice is None or not choice.phone:
            raise Refused("no number")
        gateway.send(
            to=choice.phone, text=short_of(letter, base_url), message_id=str(letter.message_id)
        )

    return carry
