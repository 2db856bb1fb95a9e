import hashlib
import json
import re
from unicodedata import normalize

from fontTools.ttLib import TTFont

from app.web.static import ROOT

PROJECT = ROOT.parent
VERSIONS = json.loads((ROOT / "vendor" / "VERSIONS.json").read_text(encoding="utf-8"))
FOLDERS = (ROOT / "vendor", PROJECT / "tests" / "assets")
VOWELS = "aăâeêioôơuưy"
TONES = "\u0300\u0301\u0303\u0309\u0323"
VIETNAMESE = {
    normalize("NFC", letter + tone) for letter in VOWELS + VOWELS.upper() for tone in TONES
} | set("ăâđêôơưĂÂĐÊÔƠƯ")


def test_every_vendored_file_is_the_recorded_one() -> None:
    found = {
        path.relative_to(PROJECT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in FOLDERS
        for path in folder.rglob("*")
        if path.is_file() and path.name != "VERSIONS.json"
    }
    assert found == VERSIONS["sha256"]


def test_every_package_names_its_version_and_licence_and_has_its_text() -> None:
    assert all(p["version"] and p["licence"] for p in VERSIONS["packages"].values())
    texts = [name for name in VERSIONS["sha256"] if "LICENSE" in name]
    assert len(texts) >= len(VERSIONS["packages"])


def test_every_icon_a_template_draws_is_in_the_sprite() -> None:
    sprite = (ROOT / "vendor" / "icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    drawn = {
        name
        for path in (PROJECT / "templates").rglob("*.html")
        for name in re.findall(r'\bicon\("([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
    }
    assert drawn
    assert drawn <= known


def test_the_print_font_has_every_vietnamese_letter() -> None:
    for path in sorted((ROOT / "vendor" / "tinos").glob("*.woff2")):
        letters = set(map(chr, TTFont(path).getBestCmap()))
        assert letters >= VIETNAMESE, path.name


def test_a_vietnamese_page_needs_two_files_a_weight() -> None:
    """`vietnamese` declares every letter that `latin` lacks, and `latin-ext` none of them."""
    sheet = (ROOT / "css" / "fonts.css").read_text(encoding="utf-8")
    ranges = dict(re.findall(r"/([a-z-]+)-400\.woff2.*?unicode-range:([^}]+)", sheet))
    latin, more, ours = (_covered(ranges[n]) for n in ("latin", "latin-ext", "vietnamese"))
    assert {ord(c) for c in VIETNAMESE} - latin <= ours
    assert {ord(c) for c in VIETNAMESE - set("Ỳỳ")} & (more - ours) == set()


def _covered(ranges: str) -> set[int]:
    points: set[int] = set()
    for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", ranges):
        points |= set(range(int(first, 16), int(last or first, 16) + 1))
    return points


def test_nothing_vendored_calls_another_site_or_evaluates_styles() -> None:
    sheet = (ROOT / "vendor" / "tabler.css").read_text(encoding="utf-8")
    assert re.findall(r"url\(\s*[\"']?https?:", sheet) == []
    assert "@import" not in sheet
