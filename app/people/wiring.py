"""Registers the pages of this package; the factory calls it once."""

import logging
import threading

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.people import family_routes
from app.people.index import index_of
from app.people.routes import bp

_log = logging.getLogger(__name__)


ROUTES = (family_routes,)  # puts its views on the blueprint


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    if not app.testing:
        app.before_request(_WarmUp(app))


class _WarmUp:
    """Reads the names in the background from the first request on, so that no search waits for it.

    Not at the start of the process: commands start the application too, and search nothing.
    """

    def __init__(self, app: Flask) -> None:
        self._app, self._lock = app, threading.Lock()

    def __call__(self) -> None:
        if self._lock.acquire(blocking=False):  # never released: once a process
            threading.Thread(target=self._read, name="name-index", daemon=True).start()

    def _read(self) -> None:
        try:
            with self._app.app_context(), db.sessionmaker() as session:
                index_of(session).refresh(session)
        except SQLAlchemyError as error:  # the first search will try again
            _log.warning("people.index_not_read", exc_info=error)
