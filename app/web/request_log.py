"""One line of the log and one count for each request: which endpoint, what answer, how long. No
address, no query."""

import logging
import time

from flask import Flask, Response, g, request

from app.web import metrics
from app.web.headers import request_id

log = logging.getLogger("vongtay.request")


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", 0)
    metrics.count(
        route=request.endpoint,
        method=request.method,
        status=response.status_code,
        seconds=seconds,
    )
    if request.endpoint != "static":
        log.info(
            "request.done",
            extra={
                "request_id": request_id(),
                "method": request.method,
                "route": request.endpoint,
                "status": response.status_code,
                "duration_ms": round(1000 * seconds, 1),
            },
        )
    return response


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)
