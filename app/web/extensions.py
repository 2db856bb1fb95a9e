"""Language and CSRF protection."""

from gettext import NullTranslations
from weakref import WeakKeyDictionary

from flask import Flask, g, has_app_context, has_request_context, session
from flask_babel import Babel, Domain
from flask_wtf.csrf import CSRFProtect
from markupsafe import Markup

LOCALES = ("vi", "en")
babel = Babel()
csrf = CSRFProtect()


def chosen_locale() -> str:
    """What the user chose in this session, else Vietnamese, whatever the browser prefers.

    Outside requests (jobs, commands) Vietnamese.
    """
    chosen = session.get("locale") if has_request_context() else None
    return chosen if chosen in LOCALES else LOCALES[0]


class PageDomain(Domain):  # type: ignore[misc]  # the library has no types
    """The catalogue of the request, looked up once: a page has well over a hundred texts."""

    def get_translations(self) -> NullTranslations:
        try:
            context = g._flask_babel
            locale, found = context.catalogue
            if locale is context.babel_locale:  # not forced to another one meanwhile
                return found  # type: ignore[no-any-return]
        except (AttributeError, RuntimeError):  # the first text, or no application at all
            pass
        found = super().get_translations()
        if has_app_context():
            g._flask_babel.catalogue = (g._flask_babel.babel_locale, found)
        return found  # type: ignore[no-any-return]


_marked: WeakKeyDictionary[NullTranslations, dict[str, Markup]] = WeakKeyDictionary()


def page_text(text: str, **values: object) -> Markup:
    """`_("...")` of the templates: as the i18n extension's, without its four layers of calls.

    Each text of a catalogue is marked as safe once: templates are ours, values are escaped.
    """
    catalogue = page_domain.get_translations()
    known = _marked.get(catalogue)
    if known is None:
        known = _marked[catalogue] = {}
    found = known.get(text)
    if found is None:
        found = known[text] = Markup(catalogue.gettext(text))  # noqa: S704
    return found % values if values or "%" in text else found


page_domain = PageDomain()


def init_app(app: Flask) -> None:
    babel.init_app(app, locale_selector=chosen_locale)
    app.extensions["babel"].instance.domain_instance = page_domain
    app.jinja_env.globals["_"] = page_text
    csrf.init_app(app)
