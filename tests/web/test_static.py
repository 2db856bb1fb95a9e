import gzip
import re

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.web.static import ROOT, static_url

SHEET = ROOT / "css" / "app.css"


def test_a_file_is_addressed_by_its_content_and_kept_for_a_year(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context():
        url = static_url("css/app.css")
    assert re.fullmatch(r"/static/css/app\.css\?v=[0-9a-f]{8}", url)
    assert client.get(url).headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("url", ["/static/css/app.css", "/static/css/app.css?v=00000000"])
def test_an_address_without_the_right_hash_is_kept_briefly(client: FlaskClient, url: str) -> None:
    assert client.get(url).headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    ("accepted", "encoding", "unpack"),
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("", None, bytes),
    ],
)
def test_a_text_is_compressed_as_the_browser_can(
    client: FlaskClient, accepted: str, encoding: str | None, unpack: object
) -> None:
    answer = client.get("/static/js/app.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert unpack(answer.data) == (ROOT / "js" / "app.js").read_bytes()  # type: ignore[operator]


def test_a_known_file_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/static/css/app.css").headers["ETag"]
    again = client.get("/static/css/app.css", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_fonts_in_a_style_sheet_have_the_address_of_their_preload(
    app: Flask, client: FlaskClient
) -> None:
    name = "vendor/be-vietnam-pro/vietnamese-400.woff2"
    with app.app_context():
        version = static_url(name).partition("?")[2]
    assert f"../{name}?{version}" in client.get("/static/css/fonts.css").text
    assert client.get(f"/static/{name}?{version}").headers["Content-Type"] == "font/woff2"


@pytest.mark.parametrize(
    "path",
    ["../config.py", "..%2fconfig.py", "css/../../config.py", "css", "nothing.css", "/etc/passwd"],
)
def test_nothing_outside_the_folder_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code in {308, 404}


@pytest.mark.parametrize(
    ("site", "encoding"),
    [("same-origin", "br"), ("none", "br"), ("cross-site", None), (None, None)],
)
def test_a_page_is_compressed_only_for_ourselves(
    client: FlaskClient, site: str | None, encoding: str | None
) -> None:
    headers = {"Accept-Encoding": "br"} | ({"Sec-Fetch-Site": site} if site else {})
    answer = client.get("/", headers=headers)
    assert answer.headers.get("Content-Encoding") == encoding
    page = brotli.decompress(answer.data) if encoding else answer.data
    assert "<h1>Nhà</h1>" in page.decode()
