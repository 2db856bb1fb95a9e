"""How figures are called in DHIS2, as data that an administrator replaces."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from flask_babel import lazy_gettext as _l
from pydantic import Field

from app.core.errors import DomainError
from app.indicators.models import Release, ReleaseState
from app.indicators.queries.axes import COMMUNES
from app.indicators.tables import TOTAL, Audience, Place, ProtectedTable
from app.reference.datafiles import DataFile, ReferenceDataError, Versions, read_versions

DATA = Path(__file__).parent / "data"


Measure = Literal["numerator", "denominator", "rate"]


class NotForDhis2(DomainError):
    message = _l(
        "DHIS2 chỉ nhận số công khai của bản công bố đang có hiệu lực: số khác sẽ ghi đè lên số đã"
        " công bố. Hãy tải CSV, Excel hoặc JSON-stat."
    )


class Dhis2File(DataFile):
    """The words are explained in the data file."""

    id_scheme: str
    data_set: str
    default_combo: str
    province: str
    commune_prefix: str = ""
    data_elements: Mapping[str, str]
    figures: Mapping[str, Mapping[Measure, str]] = Field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    combos: Mapping[str, str] = Field(default_factory=dict)

    def org_unit(self, table: ProtectedTable, place: Place) -> str:
        """The commune of a cell; the province where it is of no one commune."""
        for axis, category in zip(table.axes, place, strict=True):
            if axis.code in COMMUNES and category != TOTAL:
                return self.unit(category)
        return self.province

    def unit(self, commune: str) -> str:
        """ "" is the province."""
        return self.commune_prefix + commune if commune else self.province

    def combo(self, table: ProtectedTable, place: Place) -> str:
        """Of the categories besides communes and totals."""
        named = [
            (axis.code, category)
            for axis, category in zip(table.axes, place, strict=True)
            if axis.code not in COMMUNES and category != TOTAL
        ]
        if not named:
            return self.default_combo
        key = ";".join(f"{axis}={category}" for axis, category in named)
        codes = [self.options.get(axis, {}).get(category, category) for axis, category in named]
        return self.combos.get(key, "_".join(codes))


def is_for_dhis2(release: Release, audience: Audience, standing: Release | None) -> bool:
    """Whatever is imported lands in the same place. `standing`: the edition of the period
    that stands; what was withdrawn is taken back only where none stands."""
    if audience is not Audience.PUBLIC:
        return False
    if standing is None:
        return release.state is ReleaseState.WITHDRAWN
    return standing.id == release.id


class _Process:
    """What this process has read."""

    files: Versions[Dhis2File] | None = None


def install(extra: Path | None = None) -> Versions[Dhis2File]:
    """Read the mapping now, the administrator's folder included. Raises ReferenceDataError."""
    folders = [DATA] if extra is None or not extra.is_dir() else [DATA, extra]
    found = read_versions(folders, Dhis2File, "dhis2.*")
    if "dhis2" not in found:
        raise ReferenceDataError("dhis2.v1.toml: no such data file")
    _Process.files = files = found["dhis2"]
    return files


def mapping() -> Dhis2File:
    """The newest one."""
    return (_Process.files or install()).newest
