"""Labels and help of form fields as the official form in force states them."""

from flask_babel import LazyString

from app.reference.form_definition import FormDefinition
from app.reference.library import form_definition

FORM01 = "form01"


def form01() -> FormDefinition:
    return form_definition(FORM01)


def official(name: str) -> LazyString:
    """The label of a field of Mẫu số 01, in the reader's language when it is shown."""
    return LazyString(_label, name)


def official_help(name: str) -> str | None:
    """What Mẫu số 01 says about filling in a field."""
    text = form01().field(name).help
    return str(text) if text else None


def _label(name: str) -> str:
    return str(form01().field(name).label)
