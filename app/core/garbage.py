"""Work that makes very many objects, and lets them all go at known points."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial


@contextmanager
def collect_rarely() -> Iterator[Callable[[], object]]:
    """Collect garbage only where the block calls what it is given.

    Python looks for garbage whenever many objects were made; where they are made by the hundred
    thousand and all in use, that is a third of the time. Looked at is what was made since the last
    call: what it left is in use, or stays until the block ends.
    """
    gc.freeze()
    gc.disable()
    try:
        yield partial(gc.collect, 0)
    finally:
        gc.enable()
        gc.unfreeze()
