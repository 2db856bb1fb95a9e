"""Text in the two languages of the product; which one is shown is decided when it is shown."""

from flask import g
from flask_babel import get_locale
from pydantic import BaseModel, ConfigDict, Field


def current_locale() -> str:
    """The reader's language: "en" where chosen, else "vi", outside requests too."""
    try:
        locale = g._flask_babel.babel_locale or get_locale()  # mostly found before
    except (AttributeError, RuntimeError):
        locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "vi"


class Text(BaseModel):
    """One text, Vietnamese and English. `str(text)` and `{{ text }}` give the reader's language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_locale(self, locale: str | None = None) -> str:
        return self.en if (locale or current_locale()) == "en" else self.vi

    def __str__(self) -> str:
        return self.in_locale()
