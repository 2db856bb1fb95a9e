"""Outlines of the communes: what a file may be, and what is drawn of it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.indicators.outlines import WIDTH, BadOutlines, Outlines, read_outlines
from app.indicators.pages.commune_map import Look, Place, commune_map, short_names
from app.indicators.pages.shades import CLASSES, scale_of
from app.indicators.queries.outlines import outlines_of
from app.reference.communes import Commune, communes

SQUARE = [[106.0, 20.5], [106.1, 20.5], [106.1, 20.6], [106.0, 20.6], [106.0, 20.5]]
EAST = [[x + 0.1, y] for x, y in SQUARE]
PLACES = [Commune("1", "Phố Hiến", "phường"), Commune("2", "Tân <b>Hưng</b>", "xã")]


def feature(code: object, *rings: Any, kind: str = "Polygon") -> dict[str, Any]:
    shape = list(rings) if kind == "Polygon" else [[ring] for ring in rings]
    return {"properties": {"code": code}, "geometry": {"type": kind, "coordinates": shape}}


def geojson(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


GOOD = geojson(feature("1", SQUARE), feature("2", EAST, kind="MultiPolygon"))


def test_both_are_drawn_beside_each_other_as_wide_as_they_are() -> None:
    found = read_outlines(GOOD, ["1", "2"])
    assert found.width == WIDTH and 400 < found.height < 450  # 0.1° of latitude is more
    assert found.paths["1"] == f"M0 {found.height - 1}l400 0 0 -427 -400 0z"
    assert found.paths["2"].startswith("M400 ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "JSON"),
        (b"[1]", "FeatureCollection"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 100_000, "JSON"),
        (geojson(), "2 communes are missing"),
        (geojson(feature("1", SQUARE)), "missing: 2"),
        (geojson(feature("1", SQUARE), feature("1", EAST)), "twice"),
        (geojson(feature("1", SQUARE), feature("9", EAST)), "not communes of the province: 9"),
        (geojson(feature("1", SQUARE), {"properties": {}}), "without a code"),
        (geojson(feature("1", SQUARE, kind="Point")), "without an area"),
        (geojson(feature("1", [["a", "b"]])), "without an area"),
        (geojson(feature("1", [[500000.0, 2200000.0]])), "EPSG:4326"),
        (geojson(feature("1", [[float("nan"), 20.0]])), "EPSG:4326"),
        (geojson(feature("1"), feature("2")), "no corner"),
        (geojson(feature("1", SQUARE[:1]), feature("2", SQUARE[:1])), "no area"),
        (geojson(feature("1", SQUARE), feature("2", SQUARE[:2])), "nothing to be drawn of 2"),
    ],
)
def test_what_is_no_map_of_the_communes_is_refused_by_name(content: bytes, said: str) -> None:
    with pytest.raises(BadOutlines, match=said):
        read_outlines(content, ["1", "2"])


def test_the_map_says_each_place_and_shows_no_word_as_markup() -> None:
    outlines = read_outlines(GOOD, ["1", "2"])
    drawn = commune_map("<Bản đồ>", PLACES, {"1": Place(3, "15 trẻ em")}, outlines)
    page = BeautifulSoup(drawn, "html.parser")
    assert page.select_one("svg")["aria-label"] == "<Bản đồ>"  # type: ignore[index]
    first, second = page.select("path")
    assert first["class"] == ["map-3"] and first.text == "Phường Phố Hiến: 15 trẻ em"
    assert second["class"] == ["map-missing"] and second.text == "Xã Tân <b>Hưng</b>"
    assert not page.select("b")


def test_an_operator_loads_them(app: Flask, session: Session, tmp_path: Path) -> None:
    """Squares for all communes, in rows; a second file takes the place of the first."""
    features = []
    for number, one in enumerate(communes()):
        west, south = 106 + number % 13 / 100, 20.5 + number // 13 / 100
        ring = [(west, south), (west + 0.01, south), (west + 0.01, south + 0.01), (west, south)]
        features.append(feature(one.code, ring))
    (tmp_path / "good.json").write_bytes(geojson(*features))
    (tmp_path / "bad.json").write_bytes(geojson(*features[1:]))
    runner = app.test_cli_runner()
    for name, code in (("good.json", 0), ("bad.json", 1), ("nothing.json", 2)):
        args = ["indicators", "outlines", str(tmp_path / name), "--source", f"Nguồn {name}"]
        assert runner.invoke(args=args).exit_code == code
    found = outlines_of(session)
    assert found is not None and found.source == "Nguồn good.json"
    assert set(found.outlines.paths) == {one.code for one in communes()}


@pytest.mark.parametrize("outlines", [None, Outlines(10, 10, {"1": "M0 0z"})])
def test_a_hidden_place_looks_hidden_and_has_no_shade(outlines: Outlines | None) -> None:
    drawn = commune_map("x", PLACES[:1], {"1": Place(Look.HIDDEN, "không công bố")}, outlines)
    (one,) = BeautifulSoup(drawn, "html.parser").select(".map-hidden")
    assert one["fill"] == "url(#map-hidden)"


def test_without_outlines_there_is_a_tile_for_each() -> None:
    many = [Commune(str(n), f"Xã số {n}", "xã") for n in range(104)]
    page = BeautifulSoup(commune_map("x", many, {}, None), "html.parser")
    assert len(page.select(".map-tile")) == 104
    assert len({tile.text for tile in page.select(".map-tile > text")}) == 104
    places = {(tile["x"], tile["y"]) for tile in page.select(".map-tile rect")}
    assert len(places) == 104


def test_tiles_of_the_province_tell_the_communes_apart() -> None:
    names = short_names(communes())
    assert len(set(names.values())) == len(names) == 104
    assert max(map(len, names.values())) <= 7
    by_name = {one.name: names[one.code] for one in communes()}
    assert (by_name["Phố Hiến"], by_name["Tân Hưng"], by_name["Tiên Hưng"]) == (
        "PH",
        "TâHư",
        "TiHư",
    )


def test_communes_of_one_name_have_a_tile_each() -> None:
    same = [Commune("1", "Tân Hưng", "xã"), Commune("2", "Tân Hưng", "phường")]
    assert short_names(same) == {"1": "TânHưng", "2": "TânHưng"}
    assert short_names([]) == {}


@given(st.lists(st.decimals(0, 1000, places=1), min_size=1))
def test_shades_rise_with_the_value_and_each_value_has_one(values: list[Decimal]) -> None:
    scale = scale_of(values)
    assert scale is not None and len(scale.classes) <= CLASSES
    shades = [scale.shade(value) for value in sorted(values)]
    assert shades == sorted(shades) and shades[0] >= 1 and shades[-1] == len(scale.classes)
    for value in values:
        low, high = scale.classes[scale.shade(value) - 1]
        assert low <= value <= high and {low, high} <= set(values)


def test_no_values_no_shades() -> None:
    assert scale_of([]) is None
