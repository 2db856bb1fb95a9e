"""A small HTTP client for loopback: threads with raw sockets, in a process of its own.

A connection is opened anew after every 20 requests: otherwise all kept-alive connections may fall
on one worker of the server, and the figures would be those of half a machine.
"""

import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PER_CONNECTION = 20


@dataclass(frozen=True)
class Outcome:
    """Requests a second over all clients, and seconds by percentile; `failed` counts wrong
    statuses."""

    rate: float
    p50: float
    p95: float
    count: int
    failed: int
    bytes: int  # of the last answer's body


Requests = Sequence[bytes]


def run(port: int, requests: Requests, *, clients: int, seconds: float, expect: bytes) -> Outcome:
    """Send `requests` in turn (each client starts elsewhere) for `seconds`; one process, `clients`
    threads."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    work = multiprocessing.get_context("fork").Process(
        target=_drive, args=(sender, port, list(requests), clients, seconds, expect)
    )
    work.start()
    result: Outcome = receiver.recv()
    work.join()
    return result


def _drive(
    sender: object, port: int, requests: list[bytes], clients: int, seconds: float, expect: bytes
) -> None:
    lock = threading.Lock()
    times: list[float] = []
    wrong: list[bytes] = []
    sizes = [0]
    position = iter(range(10**9))
    until = time.perf_counter() + seconds

    def client() -> None:
        own: list[float] = []
        while time.perf_counter() < until:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for _ in range(PER_CONNECTION):
                    request = requests[next(position) % len(requests)]
                    began = time.perf_counter()
                    connection.sendall(request)
                    status, size = _read(connection)
                    own.append(time.perf_counter() - began)
                    sizes[0] = size
                    if status != expect:
                        wrong.append(status)
                    if time.perf_counter() >= until:
                        break
        with lock:
            times.extend(own)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    times.sort()
    sender.send(  # type: ignore[attr-defined]
        Outcome(
            rate=len(times) / took,
            p50=times[len(times) // 2],
            p95=times[int(len(times) * 0.95)],
            count=len(times),
            failed=len(wrong),
            bytes=sizes[0],
        )
    )


def _read(connection: socket.socket) -> tuple[bytes, int]:
    """(status, length of the body) of one answer."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        data += chunk
    head = data[:end]
    at = head.lower().find(b"content-length:")
    length = (
        int(head[at + 15 : (head.find(b"\r\n", at) + 1 or len(head) + 1) - 1]) if at >= 0 else 0
    )
    left = length - (len(data) - end - 4)
    while left > 0:
        left -= len(connection.recv(min(left, 262144)))
    return head[9:12], length


Maker = Callable[[], Requests]
