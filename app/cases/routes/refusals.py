"""What a service refused is shown on the form it came from."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.cases.forms.editing import EditForm, RulesForm
from app.core.errors import InvalidInput, StaleEdit
from app.web.forms import BaseForm
from app.web.responses import add_error


@contextmanager
def refusals_on(form: BaseForm) -> Iterator[None]:
    """A refused value becomes the error of its field, a stale edit the form's conflict."""
    try:
        yield
    except InvalidInput as error:
        add_error(form, error)
    except StaleEdit as error:
        if not isinstance(form, EditForm | RulesForm):
            raise
        form.conflict = error
