"""What the indicators keep."""

from app.indicators.models.board import BoardPath, BoardValue, ValueState

__all__ = ["BoardPath", "BoardValue", "ValueState"]
