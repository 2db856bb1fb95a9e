"""The boxes of a film or a recording (ISO/IEC 14496-12), without what tells where, when, by whom.

Part of the confined process; `inspect_file.py` loads it by its path. It imports nothing of ours.
Nothing moves: what is left out becomes free space of the same size, filled with zeros, so that
every place that the film names in itself still holds.
"""

from collections.abc import Iterator
from itertools import pairwise
from struct import unpack_from
from typing import NamedTuple

# What a player needs, by the box that it stands in; makers of phones and cameras add their own.
KEPT = {
    b"": frozenset(b"ftyp styp moov mdat moof mfra sidx ssix".split()),
    b"moov": frozenset(b"mvhd trak mvex iods".split()),
    b"trak": frozenset(b"tkhd tref trgr edts tapt mdia".split()),
    b"mdia": frozenset(b"mdhd hdlr elng minf".split()),
    b"minf": frozenset(b"vmhd smhd nmhd gmhd hdlr dinf stbl".split()),
    b"moof": frozenset(b"mfhd traf".split()),
}
PLAYED = frozenset((b"vide", b"soun"))  # other tracks hold positions, movements, subtitles of both
TIMED = frozenset((b"mvhd", b"tkhd", b"mdhd"))


class Box(NamedTuple):
    kind: bytes
    start: int
    body: int
    end: int


def without_notes(content: bytes) -> bytes:
    """The film with its pictures and its sound only. Raises ValueError, struct.error, KeyError for
    one that is not built as it should be."""
    film = bytearray(content)
    boxes = list(_boxes(film, 0, len(film), is_outermost=True))
    dropped = [track for box in boxes if box.kind == b"moov" for track in _not_played(film, box)]
    if dropped and any(box.kind == b"moof" for box in boxes):
        raise ValueError  # where the samples of such a track are stands in every piece
    for track in dropped:
        _empty_samples(film, track)
        _free(film, track)
    _tidy(film, b"", boxes)
    return bytes(film)


def _boxes(film: bytearray, begin: int, end: int, *, is_outermost: bool = False) -> Iterator[Box]:
    while begin + 8 <= end:
        size, kind = unpack_from(">I4s", film, begin)
        body = begin + 8
        if size == 1:
            (size,), body = unpack_from(">Q", film, body), body + 8
        close = begin + size if size else end
        if body > close or close > end:
            if not is_outermost:
                raise ValueError
            close, kind = end, kind if kind == b"mdat" else b"rest"  # cut off, or no box at all
        yield Box(kind, begin, min(body, close), close)
        begin = close
    if begin < end and is_outermost:
        yield Box(b"rest", begin, begin, end)


def _inside(film: bytearray, box: Box) -> Iterator[Box]:
    return _boxes(film, box.body, box.end)


def _the(film: bytearray, box: Box, *path: bytes) -> Box:
    for kind in path:
        box = {inner.kind: inner for inner in _inside(film, box)}[kind]
    return box


def _not_played(film: bytearray, movie: Box) -> list[Box]:
    tracks = [box for box in _inside(film, movie) if box.kind == b"trak"]
    handlers = (_the(film, track, b"mdia", b"hdlr").body + 8 for track in tracks)
    return [
        track
        for track, place in zip(tracks, handlers, strict=True)
        if bytes(film[place : place + 4]) not in PLAYED
    ]


def _empty_samples(film: bytearray, track: Box) -> None:
    """Zeros in place of what the track holds; its chunks stand among those of the others."""
    inner = {box.kind: box for box in _inside(film, _the(film, track, b"mdia", b"minf", b"stbl"))}
    wide = b"co64" in inner
    chunks = _numbers(film, inner[b"co64" if wide else b"stco"], 4, "Q" if wide else "I")
    runs = _numbers(film, inner[b"stsc"], 4, "III")
    (same, count) = unpack_from(">II", film, inner[b"stsz"].body + 4)
    sizes = () if same else _numbers(film, inner[b"stsz"], 8, "I")
    sample = 0
    bounds = [*(first for first, _samples, _kind in runs), len(chunks) + 1]
    for (begin, end), (_first, samples, _kind) in zip(pairwise(bounds), runs, strict=True):
        for (place,) in chunks[begin - 1 : end - 1]:
            taken = min(samples, count - sample)
            length = taken * same or sum(size for (size,) in sizes[sample : sample + taken])
            if place + length > len(film):
                raise ValueError
            film[place : place + length] = bytes(length)
            sample += taken


def _numbers(film: bytearray, box: Box, at: int, row: str) -> list[tuple[int, ...]]:
    """The rows of a table; how many there are stands `at` bytes from its beginning."""
    (count,) = unpack_from(">I", film, box.body + at)
    width = {"I": 4, "Q": 8, "III": 12}[row]
    begin = box.body + at + 4
    if begin + count * width > box.end:
        raise ValueError
    return [unpack_from(f">{row}", film, begin + n * width) for n in range(count)]


def _tidy(film: bytearray, parent: bytes, boxes: list[Box]) -> None:
    for box in boxes:
        if box.kind not in KEPT[parent]:
            _free(film, box)
        elif box.kind in KEPT:
            _tidy(film, box.kind, list(_inside(film, box)))
        elif box.kind in TIMED:
            _forget_times(film, box)
        elif box.kind == b"hdlr":  # ends with what its maker calls it
            film[box.body + 24 : box.end] = bytes(max(0, box.end - box.body - 24))


def _free(film: bytearray, box: Box) -> None:
    if box.body - box.start >= 8:
        film[box.start + 4 : box.start + 8] = b"free"
    film[box.body : box.end] = bytes(box.end - box.body)


def _forget_times(film: bytearray, box: Box) -> None:
    """When it was made and changed: after the version, in four or eight bytes each."""
    end = box.body + (20 if film[box.body] == 1 else 12)
    if end > box.end:
        raise ValueError
    film[box.body + 4 : end] = bytes(end - box.body - 4)
