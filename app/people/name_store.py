"""Names of children in memory: what a search compares, and how it ranks what it finds.

Memory is kept small (about 300 bytes a child) because every web worker holds the whole province.
The structures only grow, or lose an entry by one assignment, so that readers need no lock while
one writer adds.
"""

import re
import unicodedata
import uuid
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from heapq import nsmallest
from itertools import chain, islice
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from app.reference.names import search_key

CAP = 200  # so many are ranked at most; a search that finds more is too wide to be useful
_WIDE = 5_000  # so many names are looked at, one by one, at most
_ANSWERS = 64  # units whose visible children are remembered by place
FEW = 3  # with fewer hits, words that are spelled alike are searched too
MAX_WORDS = 8
MAX_QUERY = 100
_CLOSE = 84.0  # from here on two whole names count as spelled alike (0..100)
_ALIAS_BREAK = re.compile(r"[,;/\n]+")
_MARKS = str.maketrans(
    {
        "\u0302": "6",  # circumflex
        "\u0306": "8",  # breve
        "\u031b": "7",  # horn
        "đ": "d9",
    }
)
_TONES = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}


class Tier(IntEnum):
    """How well a name answers a query, best first."""

    SAME = 0  # letter by letter, marks included
    KEY = 1  # the same name without its marks
    PREFIX = 2  # every word of the query begins a word of the name
    INSIDE = 3  # … or stands inside one
    ALIKE = 4  # only with words that are spelled alike


class Hit(NamedTuple):
    child_id: uuid.UUID
    tier: Tier


class Alike(NamedTuple):
    """A child whose name is the same or spelled alike; `closeness` 0..100."""

    child_id: uuid.UUID
    closeness: float
    is_same: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A typed name, prepared once."""

    words: tuple[str, ...]
    line: str  # the whole key as a line of a record
    spoken_line: bytes
    spoken_words: tuple[bytes, ...]
    has_marks: bool
    endings: tuple[str, ...]  # each word as the given name of a record

    @classmethod
    def of(cls, text: str) -> "Query":
        key, spoken = _forms(text[:MAX_QUERY])
        words = tuple(dict.fromkeys(key.split()[:MAX_WORDS]))
        return cls(
            words=words,
            line=f"\n{key}\n",
            spoken_line=b"\n%b\n" % spoken,
            spoken_words=tuple(dict.fromkeys(spoken.split())),
            has_marks=spoken.decode() != key,
            endings=tuple(f"{word}\n" for word in words),
        )


@lru_cache(maxsize=20_000)
def _word_forms(word: str) -> tuple[str, str]:
    """One word as (search key, spoken form). Vietnamese names are made of a few thousand words."""
    letters, tone = [], ""
    for part in unicodedata.normalize("NFD", word.lower()):
        if part in _TONES:
            tone = _TONES[part]
        else:
            letters.append(part)
    bare = unicodedata.normalize("NFC", "".join(letters)).replace("\u0111", "d9")
    marked = unicodedata.normalize("NFD", bare).translate(_MARKS)
    return search_key(word), f"{marked}{tone}"


def _forms(text: str) -> tuple[str, bytes]:
    """The name as its search key, and as it is spoken: all marks, tones at the end of each word, so
    that "hòa" and "hoà" are the same."""
    forms = [_word_forms(word) for word in unicodedata.normalize("NFC", text).split()]
    key = " ".join([key for key, _ in forms if key])
    return key, " ".join([spoken for _, spoken in forms]).encode()


class NameStore:
    """The names and aliases of children, by id.

    A record is a text of lines between line breaks: the name first, then the aliases.
    """

    def __init__(self) -> None:
        self._records: list[str | None] = []  # None: replaced or gone
        self._spoken: list[bytes | None] = []
        self._ids: list[bytes] = []
        self._places: dict[bytes, int] = {}
        self._given: dict[str, array[int]] = {}  # last word of a line -> places
        self._other: dict[str, array[int]] = {}
        self._answered: dict[tuple[bytes, int], set[int]] = {}

    def __len__(self) -> int:
        return len(self._places)

    @property
    def waste(self) -> int:
        """Entries that were replaced and still take room."""
        return len(self._records) - len(self._places)

    def put(self, child_id: uuid.UUID, full_name: str | None, aliases: str | None = None) -> None:
        """Add a child, or its new name. One without any name leaves."""
        lines = [full_name or "", *(_ALIAS_BREAK.split(aliases) if aliases else ())]
        forms = [form for form in map(_forms, lines) if form[0]]
        if not forms:
            return self.remove(child_id)
        record = "\n".join(["", *[key for key, _ in forms], ""])
        spoken = b"\n".join([b"", *[spoken for _, spoken in forms], b""])
        known = self._places.get(child_id.bytes)
        if known is not None and (self._records[known], self._spoken[known]) == (record, spoken):
            return None
        self._append(child_id.bytes, record, spoken)
        if known is not None:
            self._records[known] = self._spoken[known] = None
        return None

    def remove(self, child_id: uuid.UUID) -> None:
        place = self._places.pop(child_id.bytes, None)
        if place is not None:
            self._records[place] = self._spoken[place] = None

    def compacted(self) -> "NameStore":
        """A copy without the entries that were replaced."""
        fresh = NameStore()
        for raw, place in list(self._places.items()):
            record, spoken = self._records[place], self._spoken[place]
            if record is not None and spoken is not None:
                fresh._append(raw, record, spoken)
        return fresh

    def _append(self, raw: bytes, record: str, spoken: bytes) -> None:
        """The data before what leads to it: a reader may come at any moment."""
        place = len(self._ids)
        self._ids.append(raw)
        self._spoken.append(spoken)
        self._records.append(record)
        for line in record[1:-1].split("\n"):
            *others, given = line.split(" ")
            self._given.setdefault(given, array("I")).append(place)
            for word in others:
                self._other.setdefault(word, array("I")).append(place)
        self._places[raw] = place

    def places_of(self, ids: bytes) -> set[int]:
        """The places of the children whose ids stand in `ids`, 16 bytes each; not to be changed.

        A unit's next search mostly asks for the same ones: the latest answers are kept until a name
        comes in. (A name that left has no record: its place answers to nothing.)
        """
        asked = (ids, len(self._ids))
        found = self._answered.get(asked)
        if found is None:
            if len(self._answered) >= _ANSWERS:
                self._answered.clear()
            look_up = self._places.get
            places = (look_up(ids[at : at + 16]) for at in range(0, len(ids), 16))
            found = self._answered[asked] = {place for place in places if place is not None}
        return found

    def find(self, query: Query, allowed: set[int] | None, limit: int) -> list[Hit]:
        """The best `limit` hits among the allowed places (None: all), best first."""
        if not query.words:
            return []
        found = self._matching(query, allowed)
        ranked = nsmallest(limit, (self._rank(place, query) for place in found))
        if len(ranked) < min(FEW, limit):
            known = set(found)
            alike = [place for place in self._alike(query, allowed) if place not in known]
            ranked += nsmallest(limit - len(ranked), (self._rank_alike(p, query) for p in alike))
        return [Hit(_id(row[-1]), Tier(row[0])) for row in ranked]

    def similar(self, full_name: str, limit: int) -> list[Alike]:
        """The children whose whole name is the same or spelled alike, closest first."""
        query = Query.of(full_name)
        if not query.words:
            return []
        near = self._words_alike(query.line[1:-1].rpartition(" ")[2])
        places = list(chain.from_iterable(self._given.get(given, ()) for given in near))
        records = [self._records[place] for place in places]  # None is passed over
        best = {
            places[at]: score
            for _, score, at in process.extract(
                query.line, records, scorer=fuzz.ratio, score_cutoff=_CLOSE, limit=limit
            )
        }
        best |= {p: 100.0 for p, r in zip(places, records, strict=True) if r and query.line in r}
        closest = nsmallest(limit, best, key=lambda place: (-best[place], -place))
        return [
            Alike(_id(self._ids[p]), best[p], query.spoken_line in (self._spoken[p] or b""))
            for p in closest
        ]

    def _matching(self, query: Query, allowed: set[int] | None) -> list[int]:
        """Places in whose record every word stands, the better ones first, at most CAP."""
        pool: Iterable[int] | None = allowed
        if allowed is None or len(allowed) > _WIDE:
            same = self._given.get(query.words[-1], ())
            equal = (p for p in same if query.line in (self._records[p] or ""))
            pool = self._only(allowed, chain(equal, self._candidates(query.words)))
        better: dict[int, None] = {}
        others: dict[int, None] = {}
        for place in islice(pool or (), _WIDE):
            record = self._records[place]
            if record is None or not all(word in record for word in query.words):
                continue
            if query.line in record or self._answers_well(place, record, query):
                better[place] = None
                if len(better) >= CAP:
                    break
            elif len(others) < CAP:
                others[place] = None
        return [*better, *others][:CAP]

    def _answers_well(self, place: int, record: str, query: Query) -> bool:
        """A word is the given name, and the marks, if any were typed, are the same."""
        if not any(ending in record for ending in query.endings):
            return False
        spoken = self._spoken[place] or b""
        return not query.has_marks or all(word in spoken for word in query.spoken_words)

    @staticmethod
    def _only(allowed: set[int] | None, places: Iterable[int]) -> Iterable[int]:
        return places if allowed is None else (p for p in places if p in allowed)

    def _candidates(self, words: tuple[str, ...]) -> Iterator[int]:
        """Places that hold the rarest of the words, given names and whole words first."""
        vocabulary = self._vocabulary()
        holding = {word: [token for token in vocabulary if word in token] for word in words}
        rarest = min(words, key=lambda word: sum(map(self._count, holding[word])))
        tokens = sorted(holding[rarest], key=lambda t: (t != rarest, not t.startswith(rarest), t))
        for token in tokens:
            yield from self._given.get(token, ())
        for token in tokens:
            yield from self._other.get(token, ())

    def _vocabulary(self) -> list[str]:
        return list({**self._given, **self._other})

    def _count(self, token: str) -> int:
        return len(self._given.get(token, ())) + len(self._other.get(token, ()))

    def _words_alike(self, word: str) -> list[str]:
        """The known words that differ from `word` by a typing error: one, or two in long words."""
        if len(word) < 3:
            return [word] if self._count(word) else []
        allowed = 1 if len(word) < 7 else 2
        near = process.extract(
            word, self._vocabulary(), scorer=OSA.distance, score_cutoff=allowed, limit=20
        )
        return [token for token, _distance, _at in near]

    def _alike(self, query: Query, allowed: set[int] | None) -> list[int]:
        """Places that hold, for each word, the word itself or one that is spelled alike."""
        choices = [frozenset(self._words_alike(word)) for word in query.words]
        pool: Iterable[int] | None = allowed
        if allowed is None or len(allowed) > _WIDE:
            rarest = min(choices, key=lambda tokens: sum(map(self._count, tokens)))
            holders = (self._given.get(t, ()) for t in rarest)
            others = (self._other.get(t, ()) for t in rarest)
            pool = self._only(allowed, chain.from_iterable(chain(holders, others)))
        found: dict[int, None] = {}
        for place in islice(pool or (), _WIDE):
            words = (self._records[place] or "").split()
            if not any(tokens.isdisjoint(words) for tokens in choices):
                found[place] = None
                if len(found) >= CAP:
                    break
        return list(found)

    def _rank(self, place: int, query: Query) -> tuple[int, int, int, str, bytes]:
        record, spoken = self._records[place] or "\n\n", self._spoken[place] or b""
        if query.line in record:
            tier = Tier.SAME if query.spoken_line in spoken else Tier.KEY
        elif all(f" {word}" in record or f"\n{word}" in record for word in query.words):
            tier = Tier.PREFIX
        else:
            tier = Tier.INSIDE
        return self._row(place, query, tier, record, spoken)

    def _rank_alike(self, place: int, query: Query) -> tuple[int, int, int, str, bytes]:
        record, spoken = self._records[place] or "\n\n", self._spoken[place] or b""
        return self._row(place, query, Tier.ALIKE, record, spoken)

    def _row(
        self, place: int, query: Query, tier: Tier, record: str, spoken: bytes
    ) -> tuple[int, int, int, str, bytes]:
        """Sorts by tier, given name first, marks as typed, then by name."""
        name = record[1 : record.index("\n", 1)]
        given = name.rpartition(" ")[2]
        of_given = 0 if given in query.words else 1
        if of_given and not given.startswith(query.words):
            of_given = 2
        said = spoken.split()
        missed = sum([word not in said for word in query.spoken_words])
        return (tier, of_given, missed, name, self._ids[place])


def _id(raw: bytes) -> uuid.UUID:
    return uuid.UUID(bytes=raw)
