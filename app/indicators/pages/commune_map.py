"""The communes as SVG, shaded by a figure: their outlines, or tiles where nobody loaded any. The
figures stand in a table beside it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup, escape

from app.indicators.outlines import Outlines
from app.reference.communes import Commune

COLUMNS, TILE, GAP = 8, 60, 4  # few enough for letters to be read on a telephone
MOST_WIDE = 4  # letters of the usual size in a tile
HATCH = (
    '<defs><pattern id="map-hidden" width="8" height="8" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect class="map-ground" width="8" height="8"/>'
    '<line class="map-hatch" x1="0" y1="0" x2="0" y2="8"/></pattern></defs>'
)


class Look(StrEnum):
    HIDDEN = "hidden"  # not published, to protect children
    MISSING = "missing"  # no figure, or no population to divide by


@dataclass(frozen=True, slots=True)
class Place:
    """`look`: a shade from 1 on, or why there is none; `words` is what one is told of it."""

    look: int | Look
    words: str


def commune_map(
    title: str,
    communes: Sequence[Commune],
    places: Mapping[str, Place],
    outlines: Outlines | None,
) -> Markup:
    """A commune that is not among `places` has no figure."""
    width, height = (outlines.width, outlines.height) if outlines else _tiles_size(len(communes))
    kind = "map" if outlines else "map map-tiles"
    head = (
        f'<svg class="{kind}" viewBox="-2 -2 {width + 4} {height + 4}" role="img"'
        f' aria-label="{escape(title)}">'
    )
    drawn = _shapes(communes, places, outlines) if outlines else _tiles(communes, places)
    return Markup(head + HATCH + "".join(drawn) + "</svg>")  # noqa: S704  # texts are escaped


def _shapes(
    communes: Sequence[Commune], places: Mapping[str, Place], outlines: Outlines
) -> Iterator[str]:
    for commune in communes:
        path = outlines.paths.get(commune.code, "")
        yield f'<path {_look(commune, places)} d="{escape(path)}">{_words(commune, places)}</path>'


def _tiles(communes: Sequence[Commune], places: Mapping[str, Place]) -> Iterator[str]:
    """In rows, by code: neighbours mostly have codes that are near."""
    names = short_names(communes)
    for number, commune in enumerate(sorted(communes, key=lambda one: one.code)):
        name = names[commune.code]
        row, column = divmod(number, COLUMNS)
        x, y = column * (TILE + GAP), row * (TILE + GAP)
        yield (
            f'<g class="map-tile"><rect {_look(commune, places)} x="{x}" y="{y}" width="{TILE}"'
            f' height="{TILE}" rx="4">{_words(commune, places)}</rect>'
            f'<text class="map-{"short" if len(name) <= MOST_WIDE else "long"}"'
            f' x="{x + TILE // 2}" y="{y + TILE // 2 + 7}">{escape(name)}</text>'
            "</g>"
        )


def _tiles_size(count: int) -> tuple[int, int]:
    rows = -(-count // COLUMNS)
    return COLUMNS * (TILE + GAP) - GAP, rows * (TILE + GAP) - GAP


def short_names(communes: Sequence[Commune]) -> dict[str, str]:
    """By code the first letters of each word: one, or as many as tell a commune from the others."""
    found: dict[str, str] = {}
    longest = max((len(word) for one in communes for word in one.name.split()), default=0)
    for letters in range(1, longest + 1):
        left = {one.code: _letters(one, letters) for one in communes if one.code not in found}
        often = Counter(left.values())
        alone = letters == longest
        found |= {code: name for code, name in left.items() if often[name] == 1 or alone}
    return found


def _letters(commune: Commune, count: int) -> str:
    return "".join(word[0].upper() + word[1:count] for word in commune.name.split())


def _look(commune: Commune, places: Mapping[str, Place]) -> str:
    place = places.get(commune.code)
    look = place.look if place else Look.MISSING
    if look is Look.HIDDEN:
        return 'class="map-hidden" fill="url(#map-hidden)"'
    return f'class="map-{look.value if isinstance(look, Look) else look}"'


def _words(commune: Commune, places: Mapping[str, Place]) -> str:
    place = places.get(commune.code)
    said = f"{commune.label}: {place.words}" if place else commune.label
    return f"<title>{escape(said)}</title>"
