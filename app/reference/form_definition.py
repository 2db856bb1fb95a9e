"""The definition of an official form, as one data file states it."""

from functools import cached_property
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.reference.datafiles import DataFile
from app.reference.texts import Text

FieldType = Literal[
    "text",
    "long_text",
    "phone",
    "integer",
    "date",
    "datetime",
    "yes_no",
    "code",
    "codes",
    "commune",
]
Group = Literal["harm", "protection"]
_TEXT_TYPES = {"text", "long_text", "phone"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FormField(_Part):
    """One field. `is_required`: the law asks for it; `is_if_known`: only what the officer knows.

    `is_on_paper` is false for what we ask beyond the official form: it is not printed.
    `tells_account`: of the event, as the report does; its section follows that of the report.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    number: str = ""
    section: str
    type: FieldType
    label: Text
    help: Text | None = None
    code_list: str | None = None
    max_length: int | None = Field(default=None, ge=1)
    is_required: bool = False
    is_if_known: bool = False
    is_on_paper: bool = True
    tells_account: bool = False
    mark: str = Field(default="I", pattern=r"^[VMI]$")

    @model_validator(mode="after")
    def check_type(self) -> Self:
        if (self.code_list is not None) != (self.type in {"code", "codes"}):
            raise ValueError(f"{self.name}: a code list goes with the types code and codes")
        if (self.max_length is not None) != (self.type in _TEXT_TYPES):
            raise ValueError(f"{self.name}: max_length goes with text types, and each needs one")
        return self


class RatingTexts(_Part):
    """What Cao, Trung bình and Thấp mean for one item."""

    HIGH: Text
    MEDIUM: Text
    LOW: Text


class RatedItem(_Part):
    """One rated line. In the group `protection`, HIGH is good."""

    code: str = Field(pattern=r"^[HP][0-9]$")
    group: Group
    number: str
    label: Text
    levels: RatingTexts
    mark: str = Field(default="I", pattern=r"^[VMI]$")


class NeedRow(_Part):
    """One printed row of the table of needs; `needs` are the codes that stand in it."""

    number: str
    label: Text
    needs: tuple[str, ...] = Field(min_length=1)
    mark: str = Field(default="I", pattern=r"^[VMI]$")


class StateItem(_Part):
    """One factor whose stability a review states, in a code and in words of this section."""

    code: str = Field(pattern=r"^[a-z][a-z_]*$")
    number: str
    section: str
    label: Text
    help: Text | None = None
    mark: str = Field(default="I", pattern=r"^[VMI]$")


class ClosingRule(_Part):
    """When closing may be proposed: the ratings of harm and the states that allow it.

    The months say when a closed case is looked at again, and when an open one is reviewed again.
    """

    harm: tuple[Literal["HIGH", "MEDIUM", "LOW"], ...] = Field(min_length=1)
    states: tuple[str, ...] = Field(min_length=1)
    check_after_months: int = Field(ge=1, le=24)
    review_after_months: int = Field(ge=1, le=24)
    mark: str = Field(default="I", pattern=r"^[VMI]$")


class Note(_Part):
    """A numbered note under the form."""

    number: str
    text: Text


class ScoringRule(_Part):
    """Which rule of app.cases.scoring reads the answers."""

    rule: str
    version: int


class FormDefinition(DataFile):
    number: str
    title: Text
    fields: tuple[FormField, ...] = Field(min_length=1)
    items: tuple[RatedItem, ...] = ()
    needs: tuple[NeedRow, ...] = ()
    states: tuple[StateItem, ...] = ()
    scoring: ScoringRule | None = None
    closing: ClosingRule | None = None
    document: dict[str, Text] = Field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @model_validator(mode="after")
    def check_parts(self) -> Self:
        for what, names in (
            ("fields", [field.name for field in self.fields]),
            ("items", [item.code for item in self.items]),
            ("states", [state.code for state in self.states]),
            ("notes", [note.number for note in self.notes]),
        ):
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise ValueError(f"{what}: repeated {repeated}")
        if bool(self.items) != (self.scoring is not None):
            raise ValueError("items and scoring go together")
        if bool(self.states) != (self.closing is not None):
            raise ValueError("states and closing go together")
        return self

    def field(self, name: str) -> FormField:
        """Raises KeyError."""
        return self.by_name[name]

    @cached_property
    def by_name(self) -> dict[str, FormField]:
        return {field.name: field for field in self.fields}

    def items_of(self, group: Group) -> tuple[RatedItem, ...]:
        return tuple(item for item in self.items if item.group == group)

    def document_text(self, key: str, locale: str | None = None) -> str:
        """A printed text of the official layout. Raises KeyError."""
        return self.document[key].in_locale(locale)
