"""Whom a passkey's challenge is bound to, as a request knows it."""

from flask import abort

from app.auth.actor import Actor
from app.auth.factor_models import Purpose
from app.auth.passkeys import Ceremony, holder_of
from app.auth.settings import Site, passkey_site


def site() -> Site:
    """404 where this installation has no name that a passkey could be bound to."""
    return passkey_site() or abort(404)


def ceremony_of(actor: Actor, purpose: Purpose) -> Ceremony:
    """Of a session; renewing its token does not change it."""
    return Ceremony(purpose, holder_of("session", str(actor.session_id)), site())


def ceremony_by(token: str, purpose: Purpose) -> Ceremony:
    """Of a browser that signs in, by the token in its cookie."""
    return Ceremony(purpose, holder_of("browser", token), site())
