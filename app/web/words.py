"""Translation with a type: what pages made in Python say."""

from flask_babel import LazyString

from app.web.extensions import page_domain


def _(text: str, **values: object) -> str:
    """The text in the reader's language, with its values filled in.

    As flask_babel's gettext, without its layers of calls: a page says well over a hundred texts.
    """
    found = page_domain.get_translations().gettext(text)
    return found % values if values else found


def _l(text: str, **values: object) -> LazyString:
    """The text in the language of whoever reads it later."""
    return LazyString(_, text, **values)
