"""By which key a push service knows us (RFC 8292): made once, kept in the instance folder."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from config import write_new

FILE = "vapid.pem"
LASTS = timedelta(hours=12)  # a day at most


def url64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def of_url64(text: str) -> bytes:
    """Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    """65 bytes, as browsers have it."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class Vapid:
    """Several machines have the same file, as they have the same keyset."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        self._key = key
        self.contact = contact
        self.public = url64(public_bytes(key.public_key()))

    @classmethod
    def kept_in(cls, folder: Path, base_url: str) -> "Vapid":
        """The key of this installation, made on the first call, read by its owner only."""
        path = folder / FILE
        if not path.exists():
            with suppress(FileExistsError):  # another process was faster: its key counts
                write_new(path, _new_pem())
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{FILE} holds no elliptic key")
        return cls(key, _contact(base_url))

    def authorization(self, endpoint: SplitResult, now: datetime) -> str:
        """The header that lets us push to the service of this endpoint, and to no other."""
        claims = {
            "aud": f"{endpoint.scheme}://{endpoint.netloc}",
            "exp": int((now + LASTS).timestamp()),
            "sub": self.contact,
        }
        signed = ".".join(
            url64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims)
        )
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = url64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return f"vapid t={signed}.{signature}, k={self.public}"


def _new_pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode("ascii")


def _contact(base_url: str) -> str:
    return (
        base_url
        if base_url.startswith("https:")
        else f"mailto:vongtay@{urlsplit(base_url).hostname}"
    )
