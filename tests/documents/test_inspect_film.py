"""What the copy of a film or a recording leaves out, and that it plays as before."""

from struct import pack

import pytest

from app.documents import inspect_film
from app.documents.examine import Fault, FileRefused, examine


def box(kind: bytes, *parts: bytes) -> bytes:
    inner = b"".join(parts)
    return pack(">I4s", 8 + len(inner), kind) + inner


def track(handler: bytes, place: int, sample: bytes, *more: bytes) -> bytes:
    """Its two samples, of which the second has three bytes, in one chunk at this place."""
    sizes = pack(">IIIII", 0, 0, 2, len(sample) - 3, 3)
    chunks = (box(b"stsc", pack(">IIIII", 0, 1, 1, 2, 1)), box(b"stco", pack(">III", 0, 1, place)))
    tables = box(b"stbl", box(b"stsz", sizes), *chunks)
    handled = box(b"hdlr", bytes(8), handler, bytes(12), b"CanaryPhone\0")
    media = box(b"mdia", box(b"mdhd", bytes(4), WHEN, bytes(12)), handled, box(b"minf", tables))
    return box(b"trak", box(b"tkhd", bytes(4), WHEN, bytes(72)), media, *more)


def film(*more: bytes) -> bytes:
    """As a phone makes it: with its position, in a list, in a track and where the maker likes."""
    kind = box(b"ftyp", b"mp42\x00\x00\x00\x00mp42isom")
    seen, place = b"pictures and sounds", len(kind) + 8
    notes = (box(b"udta", box(b"\xa9xyz", WHERE)), box(b"meta", b"CanaryPhone"))
    tracks = (track(b"vide", place, seen, *notes), track(b"meta", place + len(seen), WHERE))
    movie = box(b"moov", box(b"mvhd", bytes(4), WHEN, bytes(88)), *tracks, *notes)
    return kind + box(b"mdat", seen, WHERE) + movie + box(b"uuid", WHERE) + b"".join(more)


WHEN, WHERE = b"made now", b"+20.6464+106.0511/CanaryPhone"


def fault(content: bytes) -> Fault:
    with pytest.raises(FileRefused) as refused:
        examine(content)
    return refused.value.fault


def test_the_copy_of_a_film_says_neither_where_nor_when_and_plays_as_before() -> None:
    for rest in (b"", b"\x00\x00\x00\x05SEFT" + WHERE, b"abc", box(b"free", WHERE)):
        original = film(rest)
        served = inspect_film.without_notes(original)
        assert (WHEN in original, WHEN in served) == (True, False)
        assert (WHERE in original, b"106" in served, b"Canary" in served) == (True, False, False)
        assert len(served) == len(original)
        assert served.index(b"pictures and sounds") == original.index(b"pictures and sounds")
        assert served.index(b"stco") == original.index(b"stco")
        assert served.count(b"trak") == 1


def test_a_film_that_is_cut_off_is_taken_and_one_with_false_places_is_not() -> None:
    whole = film()
    assert examine(whole + box(b"mdat", b"x" * 90)[:40]).served.endswith(b"x" * 32)
    more_places = whole.replace(b"stco" + pack(">II", 0, 1), b"stco" + pack(">II", 0, 255))
    assert fault(more_places) is Fault.BROKEN
    beyond = film(box(b"moov", track(b"meta", 1_000_000, WHERE)))
    assert fault(beyond) is Fault.BROKEN
    assert fault(film(box(b"moof"))) is Fault.BROKEN
