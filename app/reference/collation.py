"""Vietnamese alphabetical order, as in ICU's collation `vi`.

Letters count first (a ă â b c d đ e ê …), over the whole text; then tones (ngang, huyền, hỏi, ngã,
sắc, nặng); then capitals. Sorting by code point would put "Ân" and "Đỗ" after "Vũ".
"""

import unicodedata
from typing import TypeAlias

from app.reference.names import split_name

SortKey: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_SPACE, _DIGIT, _LETTER, _OTHER = 1, 100, 200, 1_000
_RANK = (
    {" ": _SPACE, "-": _SPACE}
    | {str(digit): _DIGIT + digit for digit in range(10)}
    | {letter: _LETTER + place for place, letter in enumerate(_ALPHABET)}
)


def sort_key(text: str) -> SortKey:
    """A key that sorts Vietnamese texts; the same for NFC and NFD."""
    ranks: list[int] = []
    tones: list[int] = []
    capitals: list[int] = []
    for letter, tone in _letters(text):
        lower = letter.lower()
        ranks.append(_RANK.get(lower, _OTHER + ord(lower[0])))
        tones.append(tone)
        capitals.append(int(letter != lower))
    return tuple(ranks), tuple(tones), tuple(capitals)


def name_sort_key(full_name: str) -> tuple[SortKey, SortKey, SortKey]:
    """Sorts people as Vietnamese lists do: by given name, then family, then middle name."""
    name = split_name(full_name)
    return sort_key(name.given), sort_key(name.family), sort_key(name.middle)


def _letters(text: str) -> list[tuple[str, int]]:
    """Each letter without its tone, and the tone (0 is ngang)."""
    letters: list[tuple[str, int]] = []
    for composed in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", composed)
        tone = max((_TONES.get(part, 0) for part in parts), default=0)
        bare = unicodedata.normalize("NFC", "".join(p for p in parts if p not in _TONES))
        if bare:
            letters.append((bare, tone))
    return letters
