"""Spellings of one name meet; names that differ do not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reference.names import Name, search_key, split_name, tone_key

VIETNAMESE = st.text(
    "aăâbcdđeêghiklmnoôơpqrstuưvxy AĂÂĐÊÔƠƯYàảãáạằẳẵắặầẩẫấậèẻẽéẹỳỷỹýỵợửễ-'", max_size=30
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyễn Thị Ánh", "nguyen thi anh"),
        ("Hòa", "Hoà"),
        ("Thụy", "Thuỵ"),
        ("Lý", "Lí"),
        ("Quý", "Quí"),
        ("Quỳnh", "Quình"),
        ("Đỗ Đức", "do duc"),
        ("Lê  Văn\u00a0Tám ", "lê văn tám"),
        ("NGÔ THỊ MỸ", "Ngô Thị Mĩ"),
        ("Bru-Vân", "bru van"),
    ],
)
def test_spellings_of_one_name_have_one_search_key(one: str, other: str) -> None:
    assert search_key(one) == search_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Mai", "Mây"), ("Thúy", "Thúi"), ("Hải", "Hạnh"), ("An", "Anh")]
)
def test_different_names_have_different_search_keys(one: str, other: str) -> None:
    assert search_key(one) != search_key(other)


def test_tone_key_drops_tones_and_keeps_letters() -> None:
    assert tone_key("Hà") == tone_key("Hạ") == "ha"
    assert tone_key("Ân") != tone_key("An")
    assert tone_key("Đan") != tone_key("Dan")
    assert tone_key("Hòa Lý") == tone_key("hoà lí")


@given(st.one_of(VIETNAMESE, st.text(max_size=30)))
def test_composed_and_decomposed_text_have_the_same_keys(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert search_key(decomposed) == search_key(text)
    assert tone_key(decomposed) == tone_key(text)


@given(st.one_of(VIETNAMESE, st.text(max_size=30)))
def test_keys_are_idempotent(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)
    assert tone_key(tone_key(text)) == tone_key(text)


@given(VIETNAMESE)
def test_search_key_of_vietnamese_is_ascii_words(text: str) -> None:
    key = search_key(text)
    assert key.isascii()
    assert key == key.lower() == " ".join(key.split())


@pytest.mark.parametrize(
    ("full_name", "parts"),
    [
        ("Nguyễn Văn An", Name("Nguyễn", "Văn", "An")),
        ("Nguyễn Thị Minh Khai", Name("Nguyễn", "Thị Minh", "Khai")),
        ("  Lê   Ánh ", Name("Lê", "", "Ánh")),
        ("Bống", Name("", "", "Bống")),
        ("", Name("", "", "")),
    ],
)
def test_split_name(full_name: str, parts: Name) -> None:
    assert split_name(full_name) == parts
