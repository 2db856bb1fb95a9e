"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path

from flask import Flask

from app.indicators import plan24
from app.indicators.routes import board, board_entry

BOARD = (board, board_entry)  # put their views on the blueprint


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    plan24.install(own_data)
    app.register_blueprint(board.bp)
