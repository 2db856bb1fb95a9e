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
from app.indicators.models.outlines import CommuneOutlines
from app.indicators.models.population import (
    ImportState,
    PopulationCount,
    PopulationEntry,
    PopulationImport,
    PopulationOrigin,
)
from app.indicators.models.quality import Completeness, Contradiction, Field, QualityFinding
from app.indicators.models.releases import (
    CurrentTable,
    Release,
    ReleaseFigure,
    ReleaseState,
    ReleaseTable,
)
from app.indicators.models.reports import PeriodicReport, PeriodicState, ReportVersion
from app.indicators.models.thresholds import ThresholdChange

__all__ = [
    "BoardPath",
    "BoardValue",
    "CommuneOutlines",
    "Completeness",
    "Contradiction",
    "CurrentTable",
    "FactCase",
    "FactChange",
    "FactClock",
    "FactMembership",
    "FactReferral",
    "FactResidence",
    "FactSubject",
    "FactSupport",
    "Field",
    "ImportState",
    "PeriodicReport",
    "PeriodicState",
    "PopulationCount",
    "PopulationEntry",
    "PopulationImport",
    "PopulationOrigin",
    "QualityFinding",
    "Release",
    "ReleaseFigure",
    "ReleaseState",
    "ReleaseTable",
    "ReportVersion",
    "ThresholdChange",
    "ValueState",
]
