"""Answers that are saved as a file."""

from flask import Response


def saved_file(content: bytes, media_type: str, name: str) -> Response:
    """`name` in ASCII: it is made of codes."""
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
