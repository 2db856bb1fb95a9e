"""The 104 communes and what they were before."""

from pathlib import Path

import pytest

from app.reference.collation import sort_key
from app.reference.communes import (
    Communes,
    UnknownCommune,
    commune,
    commune_choices,
    communes,
    find_old,
    successors,
)
from app.reference.datafiles import ReferenceDataError

ABOUT = """
version = 1
citation = "thử"
effective_from = 2025-07-01
communes = "communes.csv"
old_communes = "old.csv"
count = 2
"""
CURRENT = "code,name,type\n1,Đông,xã\n2,Ân,phường\n"
FORMER = "old_code,old_name,old_district,old_province,new_code,merged\n9,Xã Cũ,Huyện,Tỉnh,1,whole\n"


def write(folder: Path, *, current: str = CURRENT, former: str = FORMER) -> Path:
    (folder / "communes.toml").write_text(ABOUT, encoding="utf-8")
    (folder / "communes.csv").write_text(current, encoding="utf-8")
    (folder / "old.csv").write_text(former, encoding="utf-8")
    return folder


def test_there_are_104_communes_of_two_types() -> None:
    rows = communes()
    assert len({row.code for row in rows}) == 104
    assert {row.type for row in rows} == {"phường", "xã"}


def test_they_stand_in_vietnamese_order() -> None:
    names = [row.name for row in communes()]
    assert names == sorted(names, key=sort_key)
    assert names.index("Ân Thi") < names.index("Bắc Đông Hưng")


def test_a_commune_has_the_label_of_documents() -> None:
    assert commune("11953").label == "Phường Phố Hiến"
    assert ("11977", "Xã Tân Hưng") in commune_choices()


def test_a_code_of_another_province_is_unknown() -> None:
    with pytest.raises(UnknownCommune):
        commune("00001")


def test_a_former_commune_leads_to_its_successor() -> None:
    assert [row.label for row in successors("11959")] == ["Phường Phố Hiến"]
    assert successors("99999") == ()


def test_a_divided_commune_leads_to_both() -> None:
    assert {row.name for row in successors("11989")} == {"Lạc Đạo", "Đại Đồng"}


@pytest.mark.parametrize("typed", ["Xã Lạc Đạo", "lạc đạo", "LAC DAO"])
def test_a_former_commune_is_found_by_name(typed: str) -> None:
    assert {row.old_code for row in find_old(typed)} == {"11989"}
    assert find_old(typed)[0].address == "Xã Lạc Đạo, Huyện Văn Lâm, Hưng Yên"


def test_a_good_folder_is_read(tmp_path: Path) -> None:
    loaded = Communes.load(write(tmp_path))
    assert [row.name for row in loaded.by_code.values()] == ["Ân", "Đông"]


@pytest.mark.parametrize(
    ("current", "former", "message"),
    [
        ("code,name\n1,A\n", FORMER, "communes.csv: columns"),
        ("code,name,type\n1,A,xã\n1,B,xã\n", FORMER, "communes.csv: code"),
        ("code,name,type\n1,A,xã\n2,B,huyện\n", FORMER, "communes.csv: type: 2 has huyện"),
        ("code,name,type\n1,A,xã\n2,,xã\n", FORMER, "communes.csv: line 3"),
        (CURRENT, FORMER.replace(",1,whole", ",7,whole"), "old.csv: new_code: 7"),
        (CURRENT, FORMER.replace("whole", "half"), "old.csv: merged: 9 half"),
    ],
)
def test_a_fault_is_named_with_file_and_key(
    tmp_path: Path, current: str, former: str, message: str
) -> None:
    with pytest.raises(ReferenceDataError, match=message):
        Communes.load(write(tmp_path, current=current, former=former))
