"""The board of the 24 indicators, its parts, and what departments enter."""

from tests.stories.look import Look, sent

_BOARD = "/indicators/board"
_ENTER = f"{_BOARD}/15/2025"

LOOKS: dict[str, tuple[Look, ...]] = {
    "worker": (Look(_BOARD), Look(f"{_BOARD}/8a")),
    "education": (
        Look(f"{_BOARD}/work"), Look(f"{_BOARD}/work?year=2025"), Look(_ENTER),
        sent(_ENTER, value="120", source=""), Look(f"{_BOARD}/19"),
    ),
    "supervisor": (
        Look(_BOARD), Look(f"{_BOARD}?objective=1&state=behind"),
        Look(f"{_BOARD}?objective=4&state=pending"), Look(f"{_BOARD}/4a"), Look(f"{_BOARD}/13"),
        Look(f"{_BOARD}/work?year=2025&department=GD"), Look(f"{_BOARD}/values/{{board_value}}"),
        sent(f"{_BOARD}/values/{{board_value}}", form="#return-form"), Look(f"{_BOARD}/4a/path"),
        sent(f"{_BOARD}/4a/path", baseline_year="1990"),
    ),
}  # fmt: skip
IDS = {
    "board_value": "SELECT id AS board_value FROM board_values WHERE state = 'drafted' LIMIT 1",
}
