"""JSON logs with an allow-list: a key that is not named here never reaches the log."""

import json
import logging
import sys
from datetime import UTC, datetime

ALLOWED = frozenset(
    "request_id method route status duration_ms actor_id session_id case_id job kind attempt count"
    " outcome worker pid version address".split()
)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, event and allow-listed extras.

    Of an exception only its class and the places in code are written: its text may hold what was
    typed.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg) if not record.args else record.msg,
        }
        entry |= {k: v for k, v in record.__dict__.items() if k in ALLOWED}
        if record.exc_info and record.exc_info[0] is not None:
            entry["error"] = record.exc_info[0].__name__
            entry["where"] = _places(record)
        return json.dumps(entry, ensure_ascii=False, default=str)


def _places(record: logging.LogRecord) -> list[str]:
    trace = record.exc_info[2] if record.exc_info else None
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]


def configure(level: int = logging.INFO) -> None:
    """Send every log record of the process to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    for name in ("weasyprint", "fontTools", "apscheduler"):
        logging.getLogger(name).setLevel(logging.ERROR)
