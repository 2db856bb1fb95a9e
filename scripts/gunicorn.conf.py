"""gunicorn: two threaded workers. The application keeps nothing in a process but caches."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

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
