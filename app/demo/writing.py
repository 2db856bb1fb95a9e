"""Writing what was told, while the next is told."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context

Work = Callable[[], None]


class Writer:
    """Does one piece of work at a time, in a thread of its own, in the order given: one connection
    serves them all, and nobody else uses it until `wait` came back."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._last: Future[None] | None = None

    def do(self, work: Work) -> None:
        """Begin it as soon as what was given before is done. Raises what that raised."""
        self.wait()
        self._last = self._pool.submit(copy_context().run, work)

    def wait(self) -> None:
        """Until nothing is left to do. Raises what the last piece raised."""
        last, self._last = self._last, None
        if last is not None:
            last.result()


@contextmanager
def writing() -> Iterator[Writer]:
    """The work is done, or has failed and said so, when the block ends; also where the block
    itself fails, no thread goes on."""
    with ThreadPoolExecutor(1, "demo-writer") as pool:
        writer = Writer(pool)
        yield writer
        writer.wait()
