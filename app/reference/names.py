"""Vietnamese names: their parts, and the keys under which different spellings of one name meet."""

import re
import unicodedata
from typing import NamedTuple

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
# "Lý" and "Lí", "Quý" and "Quí" are one name; "Mây" and "Mai" are two
_Y_FOR_I = re.compile(r"(?<=qu)y|(?<![aăâeêioôơuưy])y")


class Name(NamedTuple):
    """Họ, đệm, tên. A single word is a given name."""

    family: str
    middle: str
    given: str


def split_name(full_name: str) -> Name:
    words = unicodedata.normalize("NFC", full_name).split()
    if not words:
        return Name("", "", "")
    family = words[0] if len(words) > 1 else ""
    return Name(family, " ".join(words[1:-1]), words[-1])


def search_key(name: str) -> str:
    """The name without marks: "nguyen thi anh" for "Nguyễn Thị Ánh" in any spelling or encoding.

    Tone placement (hòa, hoà) plays no part once the marks are gone; y for i is unified.
    """
    text = unicodedata.normalize("NFC", name).lower().replace("đ", "d")
    bare = "".join(
        part for part in unicodedata.normalize("NFD", text) if unicodedata.category(part) != "Mn"
    )
    return _Y_FOR_I.sub("i", _words(bare))


def tone_key(name: str) -> str:
    """The name without its tones: tells "Ân" from "An", not "Hà" from "Hạ"."""
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFC", name).lower())
    return _Y_FOR_I.sub("i", _words("".join(part for part in parts if part not in _TONES)))


def _words(text: str) -> str:
    """NFC, with one space for anything that is neither a letter nor a digit."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(c if _is_of_word(c) else " " for c in composed).split())


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.combining(character) > 0
