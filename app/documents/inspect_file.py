"""The process that looks into one file; app.documents.examine starts this file by its path.

It imports nothing of ours. On its standard input comes the file, on its output the answer: the
lengths of the verdict and of the served copy, then both. It may use no network, no programs, no
files but Python's own, little memory, and little time. What it has to know of each format stands in
files beside it.
"""

import io
import os
import resource
import struct
import sys
import sysconfig
import warnings
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import filetype
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, IndirectObject, StreamObject

HEAD = struct.Struct(">HI")
MEMORY_BYTES = 1536 * 1024 * 1024
CPU_SECONDS = 15
PIXELS = 40_000_000
PAGES, OBJECTS = 300, 200_000
IMAGES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
FILMS = {"video/mp4": "video/mp4", "audio/mp4": "audio/mp4", "audio/m4a": "audio/mp4"}
# what makes a PDF do something by itself, or carry something else
ACTIVE = frozenset(
    {
        "/JavaScript",
        "/JS",
        "/Launch",
        "/EmbeddedFiles",
        "/EmbeddedFile",
        "/EF",
        "/RichMedia",
        "/XFA",
        "/AA",  # actions on opening, closing, printing
        "/SubmitForm",
        "/ImportData",
        "/GoToE",
        "/GoToR",  # another file, which may be on another's server
    }
)
GOES_ON = frozenset({"/GoTo", "/Named", None})  # an action on opening that stays in the document
# metadata, what programs note for themselves, and whose certificate signed
NOTES = frozenset({"/Metadata", "/PieceInfo", "/LastModified", "/Perms", "/DSS", "/SigFlags"})
PHOTO = ("/DCTDecode", ["/DCTDecode"])  # a JPEG as the camera made it
PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)  # loaded before files are closed off
_REFUSED = frozenset(
    "socket.connect socket.bind socket.sendto socket.getaddrinfo socket.gethostbyname"
    " subprocess.Popen os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty".split()
)
_FOLDERS = tuple(Path(folder).resolve() for folder in set(sysconfig.get_paths().values()))


def sibling(name: str) -> ModuleType:
    """A file of this folder, which is on nobody's path."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from app.documents import inspect_film, inspect_office
else:
    inspect_film, inspect_office = sibling("inspect_film"), sibling("inspect_office")
FaultFound = inspect_office.FaultFound


def limit(cpu_seconds: int = CPU_SECONDS) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(event)
    if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
        path = Path(os.fsdecode(args[0])).resolve()
        if not any(path.is_relative_to(folder) for folder in _FOLDERS):
            raise PermissionError(event)


def look(content: bytes) -> tuple[str, bytes]:
    """(media type by content, the copy to be served). Raises FaultFound."""
    kind = filetype.guess(content)
    found = kind.mime if kind else ""
    if found in IMAGES:
        return found, image(content, IMAGES[found])
    if found == "application/pdf":
        return found, pdf(content)
    if content[:4] == b"PK\x03\x04":
        return inspect_office.office(content), inspect_office.without_notes(content)
    if found in FILMS:
        return FILMS[found], inspect_film.without_notes(content)
    raise FaultFound("type")


def image(content: bytes, wanted: str) -> bytes:
    """Drawn anew: nothing but the pixels, upright. Position, device and thumbnails stay behind."""
    Image.MAX_IMAGE_PIXELS = PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=[wanted]) as opened:
                if opened.width * opened.height > PIXELS:
                    raise FaultFound("pixels")
                upright = ImageOps.exif_transpose(opened)
                out = io.BytesIO()
                drawn = upright.convert("RGB" if wanted == "JPEG" else _mode(upright))
                drawn.info.clear()
                drawn.save(out, wanted, quality=88)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise FaultFound("pixels") from None
    return out.getvalue()


def _mode(picture: Image.Image) -> str:
    return "RGBA" if picture.has_transparency_data else "RGB"


def pdf(content: bytes) -> bytes:
    """Pages within bounds, and no object that acts by itself or carries another file; written anew
    with what its pages need."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise FaultFound("locked")
        if len(reader.pages) > PAGES:
            raise FaultFound("pages")
        plain = {(number, gen) for gen, table in reader.xref.items() for number in table}
        packed = {(number, 0) for number in reader.xref_objStm}
        if len(plain | packed) > OBJECTS:
            raise FaultFound("bomb")
        for number, generation in sorted(plain | packed):
            _look_into(reader.get_object(IndirectObject(number, generation, reader)), 0)
        return _pages_of(reader)
    except PyPdfError:
        raise FaultFound("broken") from None


def _pages_of(reader: PdfReader) -> bytes:
    """Who wrote it, when and with what stays behind, with what nothing leads to: earlier states."""
    reader.trailer.pop("/Info", None)
    writer = PdfWriter(clone_from=reader)
    writer.metadata = None
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _look_into(found: object, depth: int) -> None:
    """Every dictionary of every object, as far as it stands in the object itself."""
    if depth > 20:
        raise FaultFound("broken")
    if isinstance(found, DictionaryObject):
        if not ACTIVE.isdisjoint(found) or _acts(found):
            raise FaultFound("active")
        _forget_notes(found)
        for value in found.values():
            if not isinstance(value, IndirectObject):
                _look_into(value, depth + 1)
    elif isinstance(found, list):
        for value in found:
            if not isinstance(value, IndirectObject):
                _look_into(value, depth + 1)


def _forget_notes(found: DictionaryObject) -> None:
    """In the reader's own copy, before it is written anew. A signature is of the file as it came:
    it would be called broken, so that it is to be checked on the original."""
    signed = _pointed_at(found, "/V")
    is_signature = isinstance(signed, DictionaryObject) and "/ByteRange" in signed
    for key in NOTES & found.keys() | ({"/V"} if is_signature else set()):
        del found[key]
    if isinstance(found, StreamObject) and _pointed_at(found, "/Filter") in PHOTO:
        found._data = inspect_office.picture_without_notes(found._data)


def _acts(found: DictionaryObject) -> bool:
    """What a value points to counts as the value: an action may be named by another object."""
    kinds = {_pointed_at(found, "/S"), _pointed_at(found, "/Type")}
    opening = _pointed_at(found, "/OpenAction")
    is_action = isinstance(opening, DictionaryObject)
    return bool(kinds & ACTIVE) or (is_action and _pointed_at(opening, "/S") not in GOES_ON)


def _pointed_at(found: DictionaryObject, key: str) -> Any:
    value = found.get(key)
    return value.get_object() if isinstance(value, IndirectObject) else value


def answer(verdict: str, served: bytes = b"") -> bytes:
    said = verdict.encode("ascii")
    return HEAD.pack(len(said), len(served)) + said + served


def main() -> bytes:
    content = sys.stdin.buffer.read()
    try:
        media_type, served = look(content)
    except FaultFound as fault:
        return answer(f"fault {fault}")
    except Exception:  # whatever a library trips over: the file is not taken
        return answer("fault broken")
    return answer(f"type {media_type}", served)


if __name__ == "__main__":
    limit()
    sys.stdout.buffer.write(main())
