"""Our own bundled files: addressed by content, cached for a year, compressed once per process."""

import hashlib
import re
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

from flask import Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.security import safe_join

from app.web.access import public
from app.web.compression import accepted_encoding, compress

ROOT = Path(__file__).resolve().parents[2] / "static"
_TEXT = frozenset({".css", ".js", ".svg", ".json", ".txt"})
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".woff2": "font/woff2",
}
_REFERENCE = re.compile(r'url\("(\.\./[^"?]+)"\)')
_FOREVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=300"


def static_url(name: str) -> str:
    """The address of a file under static/, changing with its content.

    A page has a dozen of them, so a process looks each up once, but for a developer's server.
    """
    return _address(name) if current_app.debug else _kept_address(name)


def _address(name: str) -> str:
    path = ROOT / name
    return f"/static/{name}?v={_fingerprint(path, path.stat().st_mtime_ns)}"


_kept_address = lru_cache(maxsize=256)(_address)


@public
def serve(filename: str) -> ResponseReturnValue:
    path = _found(filename) or abort(404)
    response = _file(path)
    known = request.args.get("v") == _fingerprint(path, path.stat().st_mtime_ns)
    response.headers["Cache-Control"] = _FOREVER if known else _BRIEFLY
    return response


def _found(filename: str) -> Path | None:
    """The file of this name in our folder; a name too long for any file is none."""
    joined = safe_join(str(ROOT), filename)
    with suppress(OSError):
        if joined and Path(joined).is_file():
            return Path(joined)
    return None


def _file(path: Path) -> Response:
    encoding = accepted_encoding(request) if path.suffix in _TEXT else None
    response = Response(_body(path, path.stat().st_mtime_ns, encoding))
    response.headers["Content-Type"] = _TYPES.get(path.suffix, "text/plain; charset=utf-8")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    response.add_etag()
    response.make_conditional(request)
    return response


@lru_cache(maxsize=256)
def _body(path: Path, _mtime: int, encoding: str | None) -> bytes:
    body = path.read_bytes()
    if path.suffix == ".css":
        body = _REFERENCE.sub(partial(_versioned, path), body.decode()).encode()
    return compress(body, encoding, quality=11)


def _versioned(sheet: Path, reference: re.Match[str]) -> str:
    """The address of a font as the page's preload names it, so that it is loaded once."""
    target = (sheet.parent / reference[1]).resolve()
    return f'url("{reference[1]}?v={_fingerprint(target, target.stat().st_mtime_ns)}")'


@lru_cache(maxsize=512)
def _fingerprint(path: Path, _mtime: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def init_app(app: Flask) -> None:
    """The application is made with static_folder=None: this is its only view of files."""
    app.add_url_rule("/static/<path:filename>", "static", serve)
    app.jinja_env.globals["static_url"] = static_url
