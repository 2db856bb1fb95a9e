"""Words for groups, as communes write them, to codes of the register."""

import re

from rapidfuzz import fuzz, process

from app.reference.library import code_list
from app.register.groups import label, place_of
from app.register.sheets.values import BadCell
from app.register.sheets.vocabulary import ImportsFile, key_of

# of the template, or “điểm d”; a letter alone may mean anything
_LETTER = re.compile(r"^\s*([a-zđ])(?:\.([0-9]{1,2}))?\)", re.IGNORECASE)
_POINT = re.compile(r"^\s*điểm\s+([a-zđ])()\s*$", re.IGNORECASE)
_STRONG, _WEAK = re.compile(r"[;/+&\n]+"), re.compile(r",|\s+và\s+|\s-\s")
_CLOSE = 82


def group_codes(text: str, known: ImportsFile) -> list[str]:
    """The groups and parts that a cell names, several of them too. Raises BadCell."""
    if found := _one(text, known):
        return [found]
    codes: list[str] = []
    for piece in filter(None, (part.strip() for part in _STRONG.split(text))):
        whole = _one(piece, known)
        parts = [piece] if whole else [p.strip() for p in _WEAK.split(piece) if p.strip()]
        for part in parts:
            code = whole or _one(part, known)
            if code is None:
                raise BadCell("unknown_group", part, _closest(part, known))
            codes.append(code)
    if not codes:
        raise BadCell("unknown_group", text)
    return _most_exact(codes)


def part_code(text: str, group: str, known: ImportsFile) -> str:
    """The part of a group that a cell names, or its degree alone. Raises BadCell."""
    key = key_of(text)
    parts = {key_of(one.label.vi): one.code for one in code_list("sc_groups").children(group)}
    here = {w: c for w, c in known.codes["part"].items() if c.startswith(f"{group}.")}
    found = {**parts, **here}.get(key) or _one(text, known)
    if found is None or found.partition(".")[0] != group:
        raise BadCell("unknown_part", text)
    return found


def _one(text: str, known: ImportsFile) -> str | None:
    """The code of a whole text: “d.2) …” of the template, the words, or the code itself."""
    if found := _LETTER.match(text) or _POINT.match(text):
        return _of_letter(found[1].lower(), found[2])
    if place_of(text.strip()) is not None:
        return text.strip()
    return known.groups.get(key_of(text))


def _of_letter(letter: str, part: str | None) -> str | None:
    for item in code_list("sc_groups").children():
        if item.letter == letter:
            code = f"{item.code}.{part}" if part else item.code
            return code if place_of(code) else None
    return None


def _most_exact(codes: list[str]) -> list[str]:
    """Each once, and no group beside a part of it."""
    with_parts = {code.partition(".")[0] for code in codes if "." in code}
    return [code for code in dict.fromkeys(codes) if "." in code or code not in with_parts]


def _closest(text: str, known: ImportsFile) -> str:
    """The official name that the words resemble, "" for none: a proposal, never taken by itself.

    Words that say less than a group ("mồ côi cha") are no misspelling of it.
    """
    typed = key_of(text)
    found = process.extractOne(typed, list(known.groups), scorer=fuzz.ratio, score_cutoff=_CLOSE)
    if found is None or set(typed.split()) < set(found[0].split()):
        return ""
    place = place_of(known.groups[found[0]])
    return label(place.group, place.sub) if place else ""
