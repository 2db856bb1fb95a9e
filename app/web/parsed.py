"""A field whose text is read by a parser of its own."""

from typing import Any

from wtforms import Field
from wtforms.widgets import TextInput


class ParsedField(Field):  # type: ignore[misc]
    """Empty is None. Keeps what was typed when it is refused."""

    widget = TextInput()

    def parse(self, text: str) -> Any:
        """Raises ValueError whose message can be shown."""
        raise NotImplementedError

    def words(self, value: Any) -> str:
        """What is written for a value that is known."""
        raise NotImplementedError

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.raw_data, self.data = [text], None
        if text:
            self.data = self.parse(text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.words(self.data) if self.data is not None else ""
