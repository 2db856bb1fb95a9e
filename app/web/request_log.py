"""One line of the log for each request: which endpoint, what answer, how long. No address, no
query."""

import logging
import time

from flask import Flask, Response, g, request

from app.web.headers import request_id

log = logging.getLogger("vongtay.request")


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    if request.endpoint != "static":
        log.info(
            "request.done",
            extra={
                "request_id": request_id(),
                "method": request.method,
                "route": request.endpoint,
                "status": response.status_code,
                "duration_ms": round(1000 * (time.perf_counter() - g.get("began", 0)), 1),
            },
        )
    return response


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)
