"""What browsers keep for us is signed with HMAC-SHA-256; the libraries would take SHA-1."""

import hashlib

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import Signer


class PageSessions(SecureCookieSessionInterface):
    digest_method = staticmethod(hashlib.sha256)


def init_app(app: Flask) -> None:
    # of CSRF tokens, known devices, links; their signers are made where no digest can be given
    Signer.default_digest_method = staticmethod(hashlib.sha256)
    app.session_interface = PageSessions()
