"""The page that asks for the password again."""

from flask import make_response, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.attempts import TooManyAttempts
from app.auth.browser_state import destination, renew_token
from app.auth.login import current_actor
from app.auth.passkeys import PasskeyRefused
from app.auth.permissions import Permission
from app.auth.routes import bp, too_many
from app.auth.step_up import confirm, confirm_form, is_fresh
from app.core import clock
from app.core.errors import InvalidInput
from app.web.responses import add_error, redirect_to_url, render_form

_FORM = ("auth/confirm.html", "auth/_confirm_form.html")


@bp.route("/confirm", methods=["GET", "POST"], endpoint="confirm")
@authorized(Permission.SIGNED_IN)
def confirm_again() -> ResponseReturnValue:
    form = confirm_form()
    if request.method == "GET":
        form.next.data = request.args.get("next")
        if is_fresh(current_actor(), clock.now()):
            return redirect_to_url(destination(form.next.data))
    elif form.validate():
        try:
            token = confirm(form)
            return renew_token(make_response(redirect_to_url(destination(form.next.data))), token)
        except InvalidInput as error:
            add_error(form, error)
        except PasskeyRefused as error:
            form.form_errors.append(error.message)
        except TooManyAttempts as error:
            return too_many(*_FORM, form, error)
    return render_form(*_FORM, form)
