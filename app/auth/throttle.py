"""Slowing down guesses at sign-in, in the database: per account and per address, never a hard lock.

After each block of failures one waits, longer each time; a browser that has signed in before has a
bucket of its own and does not wait for its address, so that a stranger's guesses do not keep its
owner out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.auth.models import SignInAttempt
from app.core.crypto import keyring
from app.reference.retention import kept_for

ACCOUNT_BLOCK, ADDRESS_BLOCK = 5, 20  # failures before a wait
WINDOW = timedelta(hours=1)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)


@dataclass(frozen=True)
class Bucket:
    """Where the failures of one account and of one address are counted; keyed hashes."""

    account: bytes
    address: bytes
    is_of_known_device: bool = False


def bucket_of(
    account: str,
    address: str | None,
    *,
    step: str = "password",
    device: str = "",
    door: str = "sign-in",
) -> Bucket:
    """The bucket of a sign-in. `device` is the id of a browser known for this account. What fails
    at another `door` keeps nobody of the same address from signing in."""
    ring = keyring()
    return Bucket(
        ring.lookup(f"{door} {step}", f"{account}\x00{device}"),
        ring.lookup(f"{door} address", _network(address)),
        is_of_known_device=bool(device),
    )


def waiting_time(session: Session, bucket: Bucket, now: datetime) -> timedelta:
    """How long to wait before the next attempt; zero for go on."""
    mine, near = (
        SignInAttempt.account == bucket.account,
        SignInAttempt.address == bucket.address,
    )
    times = func.array_agg(aggregate_order_by(SignInAttempt.at, SignInAttempt.at))
    found = session.execute(
        select(times.filter(mine), times.filter(near)).where(
            or_(mine, near), SignInAttempt.at > now - WINDOW
        )
    ).one()
    own = _wait(found[0] or (), ACCOUNT_BLOCK, now)
    if bucket.is_of_known_device:
        return own
    return max(own, _wait(found[1] or (), ADDRESS_BLOCK, now))


def note_failure(session: Session, bucket: Bucket, now: datetime) -> None:
    session.add(SignInAttempt(account=bucket.account, address=bucket.address, at=now))


def forgive(session: Session, bucket: Bucket) -> None:
    """After a success the account starts anew; the address keeps what others failed from it."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.account == bucket.account))


def forget_old(session: Session, now: datetime) -> None:
    """Delete what counts no longer."""
    session.execute(
        delete(SignInAttempt).where(
            SignInAttempt.at <= now - max(WINDOW, kept_for("sign_in_attempts"))
        )
    )


def _wait(failures: Sequence[datetime], block: int, now: datetime) -> timedelta:
    """One minute after the first block, doubled after each further one, 15 minutes at most.

    It runs from the failure that filled the block, so that guesses sent all at once, which fill
    more than one block, do not end it.
    """
    blocks = len(failures) // block
    if not blocks:
        return timedelta(0)
    wait = min(_FIRST_WAIT * (1 << min(blocks - 1, 10)), _LONGEST_WAIT)
    return max(failures[blocks * block - 1] + wait - now, timedelta(0))


def _network(address: str | None) -> str:
    """The address; of IPv6 the /64, which one subscriber has as a whole."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(known, IPv6Address):
        return str(ip_network((known, 64), strict=False))
    return str(known)
