"""One look at a page, as the list that axe goes through writes it down."""

from dataclasses import dataclass

# Press the button of the page's form; with an old version; long after the password was typed.
SEND, STALE, LATE = "send", "stale", "late"
FORM = "main form.form"


@dataclass(frozen=True)
class Look:
    """`path` and what is typed may name ids of the province: {case}. `then`: what is done once the
    page is open, in `form` where there are several."""

    path: str
    status: int = 200
    then: str = ""
    typed: tuple[tuple[str, str], ...] = ()
    form: str = FORM

    @property
    def name(self) -> str:
        return f"{self.path} {self.then} {self.status}"


def sent(path: str, status: int = 422, *, form: str = FORM, **typed: str) -> Look:
    return Look(path, status, SEND, tuple(typed.items()), form)
