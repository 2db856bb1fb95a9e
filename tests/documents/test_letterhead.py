import pytest

from app.auth.models import UnitKind
from app.documents.letterhead import Office
from tests.factories import PHO_HIEN


def test_a_peoples_committee_is_spelt_out_and_stands_alone() -> None:
    office = Office("UBND phường Phố Hiến", UnitKind.COMMUNE_PC, PHO_HIEN)
    assert office.issuer == "Ủy ban nhân dân phường Phố Hiến"
    assert office.superior == ""
    assert (office.sign, office.place) == ("UBND", "Phố Hiến")


def test_a_department_stands_under_the_province() -> None:
    office = Office("Sở Y tế tỉnh Hưng Yên", UnitKind.DOH, None)
    assert office.superior == "Ủy ban nhân dân tỉnh Hưng Yên"


def test_an_office_of_the_province_stands_in_the_province() -> None:
    office = Office("Tổng đài 111", UnitKind.HOTLINE, None)
    assert (office.superior, office.issuer, office.place) == ("", "Tổng đài 111", "Hưng Yên")


def test_a_commune_that_is_not_known_is_not_printed_as_a_code() -> None:
    assert Office("Trạm", UnitKind.HEALTH, "00000").place == "Hưng Yên"


@pytest.mark.parametrize("kind", UnitKind)
def test_every_kind_of_unit_has_a_sign(kind: UnitKind) -> None:
    assert Office("x", kind, None).sign
