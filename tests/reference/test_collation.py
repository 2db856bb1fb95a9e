"""Vietnamese alphabetical order."""

import unicodedata
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.reference.collation import name_sort_key, sort_key

ALPHABET = list("aăâbcdđeêghiklmnoôơpqrstuưvxy")


def test_letters_stand_in_the_order_of_the_alphabet() -> None:
    by_code_point = sorted(ALPHABET)
    assert by_code_point != ALPHABET
    assert sorted(by_code_point, key=sort_key) == ALPHABET


def test_tones_stand_in_their_order() -> None:
    expected = ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert sorted(sorted(expected), key=sort_key) == expected


def test_marks_of_letters_count_before_tones() -> None:
    assert sorted(["Ấn", "Ân", "An", "Ánh", "Án", "Ăn"], key=sort_key) == [
        "An", "Án", "Ánh", "Ăn", "Ân", "Ấn",
    ]  # fmt: skip


def test_a_tone_counts_only_where_all_letters_agree() -> None:
    assert sorted(["Hóa Bình", "Hoa Cúc", "Hoa Bình"], key=sort_key) == [
        "Hoa Bình",
        "Hóa Bình",
        "Hoa Cúc",
    ]


def test_capitals_count_last_and_words_before_longer_words() -> None:
    assert sorted(["anh", "An", "an", "An Bình"], key=sort_key) == ["an", "An", "An Bình", "anh"]


def test_numbers_stand_before_letters() -> None:
    assert sorted(["Ân", "1", "A"], key=sort_key) == ["1", "A", "Ân"]


def test_people_stand_by_given_name_then_family_then_middle_name() -> None:
    expected = [
        "Bùi Văn An",
        "Đỗ Thị An",
        "Lê An",
        "Lê Thị An",
        "Lê Văn An",
        "Phạm Văn Ân",
        "Nguyễn Văn Đức",
        "Ỷ Lan",
    ]
    assert sorted(set(expected), key=name_sort_key) == expected


def test_keys_of_the_alphabet_are_strictly_rising() -> None:
    keys = [sort_key(letter) for letter in ALPHABET]
    assert all(one < other for one, other in pairwise(keys))


@given(st.text(max_size=20))
def test_composed_and_decomposed_text_sort_alike(text: str) -> None:
    assert sort_key(unicodedata.normalize("NFD", text)) == sort_key(text)
