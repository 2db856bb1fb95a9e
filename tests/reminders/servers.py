"""Real servers on this machine: for mail, for HTTP, and one that never says a word."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread

from aiosmtpd.controller import Controller

from app.reminders.channels.mail import Smtp
from tests.reminders.test_mail import Mailbox


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_to(box: Mailbox) -> Iterator[Smtp]:
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield Smtp(f"smtp://127.0.0.1:{controller.port}", "vongtay@example.vn")
    finally:
        controller.stop()


@dataclass
class Site:
    """An HTTP server that keeps what is posted to it and answers what it is told to."""

    statuses: list[int] = field(default_factory=list)  # one for each request; then `status`
    status: int = 200
    silent: Event = field(default_factory=Event)  # set: no answer comes
    kept: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@contextmanager
def site(context: SSLContext | None = None) -> Iterator[Site]:
    """With `context` by TLS."""
    found, over = Site(), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.kept.append((self.path, dict(self.headers.items()), body))
            if found.silent.is_set():
                over.wait(10)
                return
            self.send_response(found.statuses.pop(0) if found.statuses else found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        lazily = {"server_side": True, "do_handshake_on_connect": False}
        server.socket = context.wrap_socket(server.socket, **lazily)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    found.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
    try:
        yield found
    finally:
        over.set()
        server.shutdown()
        server.server_close()


@contextmanager
def speaker(*lines: bytes, drip: float = 0.0) -> Iterator[str]:
    """The address of a server that says these lines to whoever comes, then nothing; with `drip` a
    further byte each so many seconds, without end."""
    over = Event()
    server = socket.create_server(("127.0.0.1", 0))

    def speak() -> None:
        try:
            while True:
                talk, _ = server.accept()
                Thread(target=_say, args=(talk,), daemon=True).start()
        except OSError:
            return

    def _say(talk: socket.socket) -> None:
        with talk:
            try:
                for line in lines:
                    talk.sendall(line)
                    talk.recv(1000)
                while not over.wait(drip or 10):
                    talk.sendall(b"2")
            except OSError:
                return

    Thread(target=speak, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        over.set()
        server.close()
