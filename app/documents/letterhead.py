"""Who issues a document: names, place and abbreviation as Decree 30/2020/NĐ-CP writes them.

The words are those of the law and of the province; they are not translated.
"""

import re
from dataclasses import dataclass

from app.auth.models import UnitKind
from app.reference.communes import UnknownCommune, commune

PROVINCE = "Hưng Yên"
_PROVINCE_PC = "Ủy ban nhân dân tỉnh Hưng Yên"
_DEPARTMENT_OF_HEALTH = "Sở Y tế tỉnh Hưng Yên"

# kind of unit: (the agency above it, the sign of its documents); from memory, to be confirmed.
# A People's Committee is written alone: it has no agency above it on paper.
_KINDS: dict[UnitKind, tuple[str, str]] = {
    UnitKind.COMMUNE_PC: ("", "UBND"),
    UnitKind.DOH: (_PROVINCE_PC, "SYT"),
    UnitKind.POLICE: ("Công an tỉnh Hưng Yên", "CA"),
    UnitKind.HEALTH: (_DEPARTMENT_OF_HEALTH, "CSYT"),
    UnitKind.SHELTER: (_DEPARTMENT_OF_HEALTH, "TTCTXH"),
    UnitKind.LEGAL_AID: ("Sở Tư pháp tỉnh Hưng Yên", "TTTGPL"),
    UnitKind.HOTLINE: ("", "TĐ111"),
    UnitKind.SCHOOL: ("", "TH"),
    UnitKind.EDUCATION: (_PROVINCE_PC, "SGDĐT"),
    UnitKind.JUSTICE: (_PROVINCE_PC, "STP"),
    UnitKind.CULTURE: (_PROVINCE_PC, "SVHTTDL"),
}
_SHORT_PC = re.compile(r"^UBND\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Office:
    """The unit in whose name a document is made. Without a commune it is one of the province."""

    name: str
    kind: UnitKind
    commune_code: str | None

    @property
    def superior(self) -> str:
        return _KINDS[self.kind][0]

    @property
    def issuer(self) -> str:
        """The full name: an abbreviated People's Committee is spelt out."""
        return _SHORT_PC.sub("Ủy ban nhân dân", self.name)

    @property
    def sign(self) -> str:
        """What stands after "BC-" in the number."""
        return _KINDS[self.kind][1]

    @property
    def place(self) -> str:
        """The place before the date: the name of the commune, or of the province."""
        if self.commune_code is None:
            return PROVINCE
        try:
            return commune(self.commune_code).name
        except UnknownCommune:
            return PROVINCE
