"""What a locked session is answered with, whatever it asks for: the unlock form only."""

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.factor_forms import UnlockForm
from app.auth.once import NOT_OF_THE_FORM
from app.web.errors import WORDS, error_page
from app.web.responses import is_htmx, redirect_to

LOCKED = 423
PREFIX = "step_up_"  # of the fields that are asked inside a form that was sent
FROM_SCRIPT = "X-From-Script"


def locked_answer() -> ResponseReturnValue:
    """A page asked for leads through the unlock form and back. A form that was sent goes along with
    it, and on its way once the screen is unlocked. An open page learns that it has to lock."""
    if is_htmx() or FROM_SCRIPT in request.headers:
        return error_page(LOCKED, WORDS[LOCKED])
    if request.method != "POST":
        query = request.query_string.decode("ascii", "replace")
        return redirect_to("auth.unlock", next=f"{request.path}?{query}" if query else request.path)
    form = UnlockForm(formdata=None, prefix=PREFIX)
    form.next.data, form.again.data = request.path, "" if request.files else "1"
    return make_response(render_template("auth/unlock.html", form=form, kept=kept_fields()), LOCKED)


def kept_fields() -> list[tuple[str, str]]:
    """What was sent, without what is asked for on the way."""
    sent = request.form.items(multi=True)
    return [(name, value) for name, value in sent if name not in NOT_OF_THE_FORM]
