"""Is a word in what left the house, however it was written there?"""

import quopri
import re
from base64 import b16encode, b64decode
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from html import escape
from unicodedata import normalize
from urllib.parse import quote, quote_plus, unquote_to_bytes

_URL_SAFE = bytes.maketrans(b"-_", b"+/")
CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "utf-7")


def leaks(raw: bytes, words: Iterable[str]) -> list[str]:
    """Those of the words that can be read in it: as they are, in another charset, encoded for
    mail, addresses or pages; line breaks are no hiding place."""
    found = [one for text in readings(raw) for one in (text, re.sub(rb"\s+", b"", text))]
    return [word for word in words if any(w in one for w in spellings(word) for one in found)]


def readings(raw: bytes) -> Iterator[bytes]:
    """The bytes themselves, soft line breaks taken out, and each decoded part of a mail."""
    yield raw.lower()
    yield raw
    yield raw.replace(b"=\r\n", b"").replace(b"=\n", b"")
    yield from _decoded(raw)
    yield unquote_to_bytes(raw.replace(b"+", b" "))
    for part in message_from_bytes(raw, policy=policy.default).walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield content
        for name, value in part.items():
            yield f"{name}: {value}".encode(errors="replace")


def spellings(word: str) -> Iterator[bytes]:
    for form in {normalize("NFC", word), normalize("NFD", word)}:
        squeezed = re.sub(r"\s+", "", form)
        for text in {form, squeezed}:
            yield from (
                text.encode(), text.lower().encode(), quote(text, safe="").encode(),
                quote_plus(text).encode(), escape(text).encode(),
                quopri.encodestring(text.encode()).replace(b"=\n", b"").strip(),
            )  # fmt: skip
            for charset in CHARSETS:
                coded = text.encode(charset)
                yield coded
                yield b16encode(coded)
                yield b16encode(coded).lower()


def _decoded(raw: bytes) -> Iterator[bytes]:
    """Each run of letters of base64, begun at each of the four places a group may begin."""
    for run in re.findall(rb"[A-Za-z0-9+/=_\-\r\n]{12,}", raw):
        letters = re.sub(rb"[\r\n=]", b"", run).translate(_URL_SAFE)
        for start in range(4):
            whole = letters[start : start + (len(letters) - start) // 4 * 4]
            yield b64decode(whole)
