"""The tables of the indicators."""

from app.indicators.models.board import BoardPath, BoardValue, ValueState
from app.indicators.models.facts import (
    FactCase,
    FactChange,
    FactClock,
    FactMembership,
    FactReferral,
    FactResidence,
    FactSubject,
    FactSupport,
)
from app.indicators.models.population import (
    ImportState,
    PopulationCount,
    PopulationEntry,
    PopulationImport,
    PopulationOrigin,
)
from app.indicators.models.releases import (
    CurrentTable,
    Release,
    ReleaseFigure,
    ReleaseState,
    ReleaseTable,
)
from app.indicators.models.reports import PeriodicReport, PeriodicState, ReportVersion

__all__ = [
    "BoardPath",
    "BoardValue",
    "CurrentTable",
    "FactCase",
    "FactChange",
    "FactClock",
    "FactMembership",
    "FactReferral",
    "FactResidence",
    "FactSubject",
    "FactSupport",
    "ImportState",
    "PeriodicReport",
    "PeriodicState",
    "PopulationCount",
    "PopulationEntry",
    "PopulationImport",
    "PopulationOrigin",
    "Release",
    "ReleaseFigure",
    "ReleaseState",
    "ReleaseTable",
    "ReportVersion",
    "ValueState",
]
