"""The entry point of gunicorn and of the `flask` command."""

import gc

gc.disable()  # all that is made from here to the end stays: a quarter of a start was looking at it

from app import create_app  # noqa: E402  # see above
from config import load_settings  # noqa: E402  # see above

app = create_app(load_settings())
gc.freeze()
gc.enable()
