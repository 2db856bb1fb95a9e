"""Marks a view that needs no signed-in user; the access rules refuse every view without a mark."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Anybody may open it: it shows nothing about anyone."""
    view.is_public = True  # type: ignore[attr-defined]
    return view
