"""Single-use links by which a person sets a password: at the start, or after a reset.

The token is derived from the invitation's id by the keyset, so that it can be shown and mailed
without being stored; the table keeps its SHA-256.
"""

import base64
import uuid
from datetime import datetime, timedelta
from email.message import EmailMessage

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session, contains_eager

from app.auth.login import token_hash
from app.auth.mail import deliver
from app.auth.models import Invitation, Unit, User
from app.core.crypto import keyring
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.outbox import OutboxMessage, enqueue
from config import Settings

VALID_FOR = timedelta(hours=24)
SHOWN_FOR = timedelta(minutes=10)


class InvitationUnusable(DomainError):
    """Unknown, used, too old, replaced by a newer one, or its account or unit is disabled."""

    status = 410
    message = _l(
        "Đường dẫn này đã dùng, đã hết hạn hoặc đã được thay."
        " Hãy nhờ người quản trị tạo đường dẫn mới."
    )


def token_of(invitation_id: uuid.UUID) -> str:
    proof = keyring().lookup("invitation", str(invitation_id))
    return base64.urlsafe_b64encode(invitation_id.bytes + proof).decode().rstrip("=")


def link_of(invitation_id: uuid.UUID, base_url: str) -> str:
    return f"{base_url.rstrip('/')}/auth/invitation/{token_of(invitation_id)}"


def invite(
    session: Session,
    user: User,
    *,
    created_by: uuid.UUID | None,
    now: datetime,
    by_mail: bool,
) -> Invitation:
    """A new link for this user; earlier ones stop working. It is mailed where that is possible."""
    session.execute(
        update(Invitation)
        .where(Invitation.user_id == user.id, Invitation.used_at.is_(None))
        .values(used_at=now)
    )
    invitation_id = new_id()
    invitation = Invitation(
        id=invitation_id,
        token_hash=token_hash(token_of(invitation_id)),
        user_id=user.id,
        created_by=created_by,
        expires_at=now + VALID_FOR,
    )
    session.add(invitation)
    if by_mail and user.email:
        enqueue(session, "invitation", {"invitation_id": str(invitation_id)}, now=now)
    session.flush()
    return invitation


def find_invitation(session: Session, token: str, now: datetime) -> tuple[Invitation, User]:
    """The open invitation of a token and its user. Raises InvitationUnusable."""
    found = session.execute(
        select(Invitation, User)
        .join(User, User.id == Invitation.user_id)
        .join(User.unit)
        .options(contains_eager(User.unit))
        .where(
            Invitation.token_hash == token_hash(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
            User.is_active,
            Unit.is_active,
        )
    ).first()
    if found is None:
        raise InvitationUnusable
    return found[0], found[1]


def use_invitation(session: Session, invitation: Invitation, now: datetime) -> None:
    """Use it up. Raises InvitationUnusable where another request was first."""
    used = update(Invitation).where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
    if session.execute(used.values(used_at=now).returning(Invitation.id)).first() is None:
        raise InvitationUnusable


def send_invitation(settings: Settings, session: Session, message: OutboxMessage) -> None:
    """Mail the link. The mail says nothing about a case, a child or the account."""
    found = session.execute(
        select(Invitation.id, User.email)
        .join(User, User.id == Invitation.user_id)
        .where(
            Invitation.id == uuid.UUID(message.payload["invitation_id"]),
            Invitation.used_at.is_(None),
        )
    ).first()
    if found is None or found.email is None or settings.mail_url is None:
        return
    mail = _mail(found.email, link_of(found.id, settings.base_url), message.id)
    deliver(settings.mail_url.get_secret_value(), mail, settings.client_certificate)


def _mail(recipient: str, link: str, message_id: uuid.UUID) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "Vòng Tay: đặt mật khẩu"
    mail["From"], mail["To"] = "vong-tay@localhost", recipient
    mail["Message-ID"] = f"<{message_id}@vong-tay>"
    mail.set_content(
        "Mở đường dẫn sau trong 24 giờ để đặt mật khẩu. Đường dẫn chỉ dùng được một lần."
        f"\n\n{link}\n\n"
        "Nếu bạn không chờ thư này, hãy bỏ qua và báo cho người quản trị.\n"
    )
    return mail
