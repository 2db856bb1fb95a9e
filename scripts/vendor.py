"""Fetch the page assets from the npm registry, cut them to our use, write them to static/vendor.

Run by a developer after changing a version here: `python scripts/vendor.py`. It needs npm, tinycss2
and fonttools (both come with WeasyPrint). Users need none of it: the results are committed, with
their licences and checksums (static/vendor/VERSIONS.json, held by tests/web/test_vendor.py).
"""

import hashlib
import json
import re
import shutil
import subprocess  # nosec B404 - npm, with fixed arguments
import sys
import tarfile
import tempfile
from pathlib import Path

from fontTools import merge, ttLib
from icon_names import FILLED, ICONS
from purge_css import purge

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
TEST_ASSETS = ROOT / "tests" / "assets"

VERSIONS = {
    "@tabler/core": "1.6.1",
    "@tabler/icons": "3.51.0",
    "htmx.org": "4.0.1",
    "@fontsource/be-vietnam-pro": "5.3.0",
    "@fontsource/tinos": "5.3.0",
    "axe-core": "4.14.1",
}
SUBSETS = ("latin", "latin-ext", "vietnamese")
SCREEN_WEIGHTS = ("400", "600")
PRINT_STYLES = {
    "Regular": "400-normal",
    "Italic": "400-italic",
    "Bold": "700-normal",
    "BoldItalic": "700-italic",
}
# The package of the style sheet names its licence but holds no text of it.
MIT = (Path(__file__).parent / "mit.txt").read_text(encoding="utf-8")


def fetch(name: str, version: str, into: Path) -> Path:
    """Download one package with npm, which checks its integrity, and unpack it."""
    done = subprocess.run(
        ["npm", "pack", f"{name}@{version}", "--silent"],
        cwd=into,
        check=True,
        capture_output=True,
        text=True,
    )
    folder = into / name.replace("/", "-").strip("@")
    with tarfile.open(into / done.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def write_styles(package: Path) -> None:
    full = (package / "dist/css/tabler.min.css").read_text(encoding="utf-8")
    notice = re.search(r"/\*!.*?\*/", full, re.S)
    if notice is None:
        raise ValueError("Tabler's notice is gone")
    (VENDOR / "tabler.css").write_text(f"{notice[0]}\n{purge(full)}", encoding="utf-8")
    (VENDOR / "tabler.LICENSE.txt").write_text(f"{notice[0]}\n\n{MIT}", encoding="utf-8")


def write_icons(package: Path) -> None:
    """One sprite: each icon a <symbol>, which a page draws with <use href="icons.svg#name">."""
    symbols = [_symbol(package / f"icons/outline/{name}.svg", name) for name in sorted(ICONS)]
    symbols += [_symbol(package / f"icons/filled/{n}.svg", f"{n}-filled") for n in sorted(FILLED)]
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'
    (VENDOR / "icons.svg").write_text(sprite, encoding="utf-8")
    shutil.copy(package / "LICENSE", VENDOR / "icons.LICENSE.txt")


def _symbol(path: Path, name: str) -> str:
    text = path.read_text(encoding="utf-8")
    inner = re.search(r"<svg[^>]*>(.*)</svg>", text, re.S)
    if inner is None:
        raise ValueError(f"not an icon: {path.name}")
    shapes = re.sub(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", inner[1])
    return f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(shapes.split())}</symbol>\n'


def write_htmx(package: Path) -> None:
    """Without the copying of `style`: the pages have none, and their policy lets none be set."""
    text = (package / "dist/htmx.min.js").read_text(encoding="utf-8")
    settled = '["class","style","width","height"]'
    assert text.count(settled) == 1  # noqa: S101  # nosec B101
    text = text.replace(settled, '["class","width","height"]')
    (VENDOR / "htmx.js").write_text(re.sub(r"\n//# sourceMappingURL=.*", "", text))
    shutil.copy(package / "LICENSE", VENDOR / "htmx.LICENSE.txt")


def write_screen_font(package: Path) -> None:
    folder = VENDOR / "be-vietnam-pro"
    folder.mkdir(exist_ok=True)
    for subset in SUBSETS:
        for weight in SCREEN_WEIGHTS:
            source = package / f"files/be-vietnam-pro-{subset}-{weight}-normal.woff2"
            shutil.copy(source, folder / f"{subset}-{weight}.woff2")
    shutil.copy(package / "LICENSE", folder / "LICENSE.txt")


def write_print_font(package: Path) -> None:
    """Whole Tinos files for PDF: WeasyPrint picks one file a style, so the subsets are joined."""
    folder = VENDOR / "tinos"
    folder.mkdir(exist_ok=True)
    for style, code in PRINT_STYLES.items():
        parts = [_as_ttf(package / f"files/tinos-{s}-{code}.woff2", folder) for s in SUBSETS]
        font = merge.Merger(merge.Options(drop_tables=["DSIG"])).merge([str(p) for p in parts])
        font["head"].modified = font["head"].created = 3_800_000_000  # the same bytes each time
        font.recalcTimestamp = False
        font.flavor = "woff2"
        font.save(folder / f"Tinos-{style}.woff2")
        for part in parts:
            part.unlink()
    shutil.copy(package / "LICENSE", folder / "LICENSE.txt")


def _as_ttf(path: Path, folder: Path) -> Path:
    font = ttLib.TTFont(path)
    font.flavor = None
    target = folder / f"{path.stem}.ttf"
    font.save(target)
    return target


def write_axe(package: Path) -> None:
    TEST_ASSETS.mkdir(parents=True, exist_ok=True)
    shutil.copy(package / "axe.min.js", TEST_ASSETS / "axe.min.js")
    shutil.copy(package / "LICENSE", TEST_ASSETS / "axe.LICENSE.txt")
    third = "LICENSE-3RD-PARTY.txt"
    shutil.copy(package / third, TEST_ASSETS / f"axe.{third}")


def write_versions(packages: dict[str, Path]) -> None:
    """What stands in static/vendor and tests/assets: version, licence and checksums."""
    about = {}
    for name, package in packages.items():
        manifest = json.loads((package / "package.json").read_text(encoding="utf-8"))
        about[name] = {"version": manifest["version"], "licence": manifest["license"]}
    files = {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in (VENDOR, TEST_ASSETS)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "VERSIONS.json"
    }
    text = json.dumps({"packages": about, "sha256": files}, indent=2, ensure_ascii=False)
    (VENDOR / "VERSIONS.json").write_text(text + "\n", encoding="utf-8")


WRITERS = {
    "@tabler/core": write_styles,
    "@tabler/icons": write_icons,
    "htmx.org": write_htmx,
    "@fontsource/be-vietnam-pro": write_screen_font,
    "@fontsource/tinos": write_print_font,
    "axe-core": write_axe,
}


def main() -> int:
    VENDOR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        packages = {n: fetch(n, v, Path(scratch)) for n, v in VERSIONS.items()}
        for name, write in WRITERS.items():
            write(packages[name])
        write_versions(packages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
