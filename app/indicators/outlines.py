"""The outlines of the communes, from a GeoJSON file to paths of one drawing."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

WIDTH = 800  # of the drawing, in whole units; its height follows
LARGEST_BYTES = 30_000_000
MOST_CORNERS = 400_000
_AROUND = ((100.0, 112.0), (7.0, 25.0))  # longitudes and latitudes of Vietnam, generously

Corner = tuple[float, float]
Ring = list[Corner]


class BadOutlines(ValueError):  # errors state the fact
    """The file is no map of the communes; the text says why."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """`paths` by commune, in the units of an SVG of this width and height."""

    width: int
    height: int
    paths: Mapping[str, str]


def read_outlines(content: bytes, codes: Sequence[str]) -> Outlines:
    """The features whose property `code` is a commune, in degrees (EPSG:4326), drawn without
    distortion at their latitude. Raises BadOutlines: not every commune once, or no GeoJSON."""
    rings = dict(_of_communes(_features(content)))
    missing, unknown = set(codes) - set(rings), set(rings) - set(codes)
    if unknown:
        raise BadOutlines(f"not communes of the province: {', '.join(sorted(unknown)[:5])}")
    if missing:
        raise BadOutlines(f"{len(missing)} communes are missing: {', '.join(sorted(missing)[:5])}")
    corners = [corner for found in rings.values() for ring in found for corner in ring]
    drawing = _Drawing(corners)
    paths = {code: drawing.path(rings[code]) for code in codes}
    if empty := [code for code, path in paths.items() if not path]:
        raise BadOutlines(f"nothing to be drawn of {', '.join(empty[:5])}")
    return Outlines(WIDTH, drawing.height, paths)


def _features(content: bytes) -> list[Any]:
    if len(content) > LARGEST_BYTES:
        raise BadOutlines("the file is larger than 30 MB: simplify it first")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadOutlines("not a JSON file") from error
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list):
        raise BadOutlines("not a GeoJSON FeatureCollection")
    return features


def _of_communes(features: Iterable[Any]) -> Iterator[tuple[str, list[Ring]]]:
    seen: set[str] = set()
    corners = 0
    for feature in features:
        try:
            code = str(feature["properties"]["code"])
            found = list(_rings(feature["geometry"]))
        except BadOutlines:
            raise
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise BadOutlines("a feature without a code, or without an area") from error
        corners += sum(map(len, found))
        if code in seen:
            raise BadOutlines(f"{code} is there twice")
        if corners > MOST_CORNERS:
            raise BadOutlines("too many corners: simplify the outlines first")
        seen.add(code)
        yield code, found


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    match geometry["type"]:
        case "Polygon":
            polygons = [geometry["coordinates"]]
        case "MultiPolygon":
            polygons = geometry["coordinates"]
        case other:
            raise ValueError(other)
    for polygon in polygons:
        for ring in polygon:
            yield [_corner(corner) for corner in ring]


def _corner(corner: Sequence[Any]) -> Corner:
    place = float(corner[0]), float(corner[1])
    if not all(low <= value <= high for value, (low, high) in zip(place, _AROUND, strict=True)):
        raise BadOutlines("corners that are not in Vietnam: the file must be in degrees, EPSG:4326")
    return place


class _Drawing:
    """From degrees to whole units: a degree of longitude is shorter than one of latitude."""

    def __init__(self, corners: Sequence[Corner]) -> None:
        if not corners:
            raise BadOutlines("no corner in it")
        (west, east), (south, north) = (
            (min(axis), max(axis)) for axis in zip(*corners, strict=True)
        )
        self._west, self._north = west, north
        self._narrow = math.cos(math.radians((south + north) / 2))
        if east == west or north == south:
            raise BadOutlines("the outlines have no area")
        self._scale = WIDTH / ((east - west) * self._narrow)
        self.height = math.ceil((north - south) * self._scale)

    def path(self, rings: Iterable[Ring]) -> str:
        return "".join(map(self._ring, rings))

    def _ring(self, ring: Ring) -> str:
        """Nothing where it is smaller than a unit."""
        places = [self._place(corner) for corner in ring]
        kept = [b for a, b in pairwise([(-1, -1), *places]) if a != b]
        if len(kept) < 4:
            return ""
        steps = " ".join(f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(kept[:-1]))
        return f"M{kept[0][0]} {kept[0][1]}l{steps}z"

    def _place(self, corner: Corner) -> tuple[int, int]:
        x = (corner[0] - self._west) * self._narrow * self._scale
        return round(x), round((self._north - corner[1]) * self._scale)
