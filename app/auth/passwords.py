"""Passwords: hashing by argon2id, and the few rules that keep guessable ones out."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from app.auth.breached import is_breached
from app.core.errors import InvalidInput
from app.reference.communes import communes
from app.reference.names import search_key

MIN_LENGTH, MAX_LENGTH = 15, 128
_MIN_UNKNOWN = 8  # letters that must remain when all known words are taken out
_MIN_DIFFERENT = 5
_COMMON = Path(__file__).parent / "data" / "common_passwords.txt"

# the hash of a random text that nobody kept: what an unknown user's password is compared with
DUMMY = (
    "$argon2id$v=19$m=65536,t=3,p=1$"
    "IH/eoaeeN87R9p9DUS4Y0Q$Vet9cPbQPSacj5MsoD6umrOn5Ms/fetljEbt9yioBJY"
)
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_slots = BoundedSemaphore(2)  # each hash takes 64 MiB and a core for a moment


def hash_password(password: str) -> str:
    with _slots:
        return _hasher.hash(normalize("NFC", password))


def verify_password(stored: str | None, password: str) -> bool:
    """Does it match? Takes as long without a stored hash (unknown user) as with one."""
    with _slots:
        try:
            _hasher.verify(stored or DUMMY, normalize("NFC", password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Was it made with other parameters than today's?"""
    return _hasher.check_needs_rehash(stored)


def check_rules(
    password: str, *, context: Iterable[str] = (), breached: Path | None = None
) -> None:
    """Raise InvalidInput("password") for what is too short, too long, easily guessed or known.

    `context` are words near this person: the username, the name, the unit. `breached` is the list
    of passwords that were stolen elsewhere.
    """
    length = len(normalize("NFC", password))
    if length < MIN_LENGTH:
        raise InvalidInput(
            "password",
            _(
                "Cần ít nhất %(min)s ký tự; đang có %(length)s. Một câu ngắn dễ nhớ là tốt nhất.",
                min=MIN_LENGTH,
                length=length,
            ),
        )
    if length > MAX_LENGTH:
        raise InvalidInput("password", _("Tối đa %(max)s ký tự.", max=MAX_LENGTH))
    if is_guessable(password, context):
        raise InvalidInput(
            "password",
            _("Mật khẩu này dễ đoán: từ thông dụng, tên đơn vị, tên bạn. Hãy chọn câu khác."),
        )
    if breached is not None and is_breached(password, breached):
        raise InvalidInput(
            "password",
            _("Mật khẩu này đã bị lộ ở nơi khác, kẻ xấu thử đầu tiên. Hãy chọn câu khác."),
        )


def is_guessable(password: str, context: Iterable[str] = ()) -> bool:
    """Does little remain when common words, local names and digits are taken out?"""
    rest = _letters(password)
    near = {_letters(word) for phrase in context for word in (phrase, *phrase.split())}
    for word in sorted(near | _known_words(), key=len, reverse=True):
        if len(word) >= 3:
            rest = rest.replace(word, " ")
    rest = rest.replace(" ", "")
    return len(rest) < _MIN_UNKNOWN or len(set(rest)) < _MIN_DIFFERENT


def _letters(text: str) -> str:
    """Lower case, no marks, letters only: "Mật khẩu 2026!" is "matkhau"."""
    return re.sub(r"[^a-z]", "", _unmarked(text))


def _unmarked(text: str) -> str:
    return search_key(text).replace(" ", "")


@cache
def _known_words() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    listed = {_letters(line) for line in lines if not line.startswith("#")}
    return frozenset(listed | {_letters(row.name) for row in communes()}) - {""}
