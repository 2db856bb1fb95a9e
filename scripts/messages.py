"""The catalogues of messages: `messages.py update | check | compile`.

Vietnamese is the message id, so the Vietnamese catalogue fills itself; only what WTForms says in
English comes from translations/wtforms_vi.json. English is translated by people in
translations/en/LC_MESSAGES/messages.po.
"""

import argparse
import copy
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import wtforms
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
TRANSLATIONS = ROOT / "translations"
LOCALES = ("vi", "en")
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "_n": (1, 2), "lazy_gettext": None}
LEFT_OUT = tuple(  # what changes without a message, or says nothing
    f'"{name}:'
    for name in (
        *("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team"),
        *("Report-Msgid-Bugs-To", "Generated-By"),
    )
)


def extract() -> Catalog:
    """Every message of the program, and those of WTForms, as an empty catalogue."""
    template = Catalog(project="vongtay", version="1", charset="utf-8", copyright_holder="Vòng Tay")
    with (ROOT / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    found = extract_from_dir(
        str(ROOT), methods, options, keywords=KEYWORDS, directory_filter=is_ours
    )
    for name, _line, message, comments, context in sorted(found, key=lambda row: row[:2]):
        template.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    for message_id in wtforms_messages():
        template.add(message_id, auto_comments=["WTForms"])
    return template


def is_ours(folder: str) -> bool:
    return Path(folder).name in {ROOT.name, "app"} or any(
        part in {"app", "templates"} for part in Path(folder).relative_to(ROOT).parts
    )


def wtforms_messages() -> Iterator[str | tuple[str, ...] | list[str]]:
    """The ids of WTForms' own catalogue, plurals as pairs, and those of Flask-WTF from our file."""
    source = Path(wtforms.__file__).parent / "locale" / "wtforms.pot"
    with source.open("rb") as file:
        known = [message.id for message in read_po(file) if message.id]
    yield from known
    first = {singular(message_id) for message_id in known}
    yield from sorted(set(vietnamese_of_wtforms()) - first)


def vietnamese_of_wtforms() -> dict[str, str]:
    text = (TRANSLATIONS / "wtforms_vi.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def singular(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def path_of(locale: str) -> Path:
    return TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"


def read(locale: str) -> Catalog:
    if not path_of(locale).exists():
        return Catalog(locale=locale, project="vongtay", version="1", charset="utf-8")
    with path_of(locale).open("rb") as file:
        return read_po(file, locale=locale)


def updated(locale: str, template: Catalog) -> Catalog:
    """The catalogue with the program's messages of today: new ones added, unused ones dropped."""
    catalog = read(locale)
    template = copy.deepcopy(template)  # the messages become the catalogue's own
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    for message in catalog:
        if message.id:
            fill(message, locale, catalog.num_plurals)
    return catalog


def fill(message: Message, locale: str, plurals: int) -> None:
    """What needs no translator: Vietnamese of Vietnamese, English of WTForms' English."""
    first, known = singular(message.id), vietnamese_of_wtforms()
    if locale == "vi":
        text = known.get(first, "" if message.auto_comments == ["WTForms"] else first)
        message.string = text if isinstance(message.id, str) else (text,) * plurals
    elif first in known:
        message.string = message.id


def rendered(catalog: Catalog) -> bytes:
    """The catalogue as a file that changes only when a message does: no dates, no line numbers."""
    out = io.BytesIO()
    catalog.header_comment = f"# {catalog.locale} messages of Vòng Tay"
    write_po(out, catalog, width=100, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(LEFT_OUT)).encode()


def update() -> int:
    template = extract()
    for locale in LOCALES:
        catalog = updated(locale, template)
        path_of(locale).parent.mkdir(parents=True, exist_ok=True)
        path_of(locale).write_bytes(rendered(catalog))
        missing = sum(1 for message in catalog if message.id and not is_translated(message))
        print(f"{locale}: {len(catalog)} messages, {missing} to translate")
    return 0


def compile_catalogues(quiet: bool) -> int:
    """Write the compiled catalogue where it is missing or older than its source."""
    for locale in LOCALES:
        source, target = path_of(locale), path_of(locale).with_suffix(".mo")
        if source.exists() and (
            not target.exists() or target.stat().st_mtime <= source.stat().st_mtime
        ):
            with target.open("wb") as file:
                write_mo(file, read(locale))
            if not quiet:
                print(f"{locale}: {target.relative_to(ROOT)}")
    return 0


def is_translated(message: Message) -> bool:
    found = message.string or ""
    texts = [found] if isinstance(found, str) else list(found)
    return bool(texts) and all(texts) and not message.fuzzy


def problems() -> Iterator[str]:
    template = extract()
    for locale in LOCALES:
        catalog = updated(locale, template)
        if not path_of(locale).exists() or rendered(catalog) != path_of(locale).read_bytes():
            yield f"{locale}: not up to date; run `make messages`"
        for message in catalog:
            if not message.id:
                continue
            if not is_translated(message):
                yield f"{locale}: not translated: {singular(message.id)}"
                continue
            for error in message.check(catalog):
                yield f"{locale}: {error}: {singular(message.id)}"


def check() -> int:
    found = list(problems())
    for line in found[:40]:
        print(line)
    if len(found) > 40:
        print(f"... and {len(found) - 40} more")
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("task", choices=("update", "check", "compile"))
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args()
    if arguments.task == "compile":
        return compile_catalogues(arguments.quiet)
    return update() if arguments.task == "update" else check()


if __name__ == "__main__":
    sys.exit(main())
