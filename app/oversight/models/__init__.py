"""The tables of emergency openings, of who read what on which day, and of questions about it."""

from app.oversight.models.glass import BreakGlass
from app.oversight.models.pace import FileOpening
from app.oversight.models.questions import ReadingQuestion
from app.oversight.models.readings import FindingLook, OversightRun, ReadingDay, ReadingFinding

__all__ = [
    "BreakGlass",
    "FileOpening",
    "FindingLook",
    "OversightRun",
    "ReadingDay",
    "ReadingFinding",
    "ReadingQuestion",
]
