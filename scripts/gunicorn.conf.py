"""gunicorn: two threaded workers. The application keeps nothing in a process but caches, and opens
nothing before it is asked: it is loaded once, and the workers are copies."""

import ctypes
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

preload_app = True
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 10
keepalive = 5
limit_request_line = 4094
errorlog = "-"
accesslog = None  # the application writes its own log, of allow-listed keys
loglevel = "warning"
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # workers' heartbeat

# Eight threads with a heap each would keep what they freed; two heaps do (glibc, M_ARENA_MAX).
with suppress(OSError, AttributeError):
    ctypes.CDLL(None).mallopt(-8, 2)

# Each worker counts in files of its own; who asks /metrics gets the sum (app/web/metrics.py).
_counts = tempfile.mkdtemp(prefix="vongtay-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _counts

# A pipe of `make run`: the application is loaded while the database starts, and nobody is let in
# before something is written there.
_gate = os.environ.pop("READY_FD", None)


def on_starting(_server: Any) -> None:
    if _gate is not None and not os.read(int(_gate), 1):
        on_exit(_server)
        raise SystemExit(0)  # who should have written has ended


def on_exit(_server: Any) -> None:
    shutil.rmtree(_counts, ignore_errors=True)
