"""Commands that are imported when one of them is called: a web worker loads none of them."""

from typing import cast

import click
from werkzeug.utils import import_string


class LaterGroup(click.Group):
    """The group of commands at `where` ("package.module:name"), under this one's name and help."""

    def __init__(self, name: str, where: str, help: str) -> None:
        super().__init__(name, help=help)
        self._where = where

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._there().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._there().get_command(ctx, cmd_name)

    def _there(self) -> click.Group:
        return cast(click.Group, import_string(self._where))
