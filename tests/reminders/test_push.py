"""Web Push: what a browser decrypts, whom we talk to, and what happens when it says no."""

import hashlib
import hmac
import json
import struct
import time
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.auth.models import User
from app.core import clock
from app.core.db import db
from app.core.ids import new_id
from app.reminders.channels import push
from app.reminders.channels.answers import Refused
from app.reminders.channels.public_hosts import are_public, connect, is_push_service
from app.reminders.channels.push import push_carrier
from app.reminders.channels.vapid import FILE, Vapid, of_url64, public_bytes, url64
from app.reminders.models import (
    Channel,
    DeliveryState,
    Message,
    PushSubscription,
    ReminderChoice,
)
from app.reminders.services.own_choices import choice_of
from app.reminders.services.passes import run_pass
from app.reminders.services.pushing import MOST, subscribe
from tests.actors import actor_of
from tests.browser import Browser
from tests.canaries import fill
from tests.cases.story import Story, make_story
from tests.factories import UserFactory
from tests.reminders.leaks import leaks
from tests.reminders.servers import Site, site
from tests.world import make_world

BASE = "https://vongtay.example.vn"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/"
CHOICES = "reminder_choices.index"


class Phone:
    """A browser with keys of its own, which decrypts as RFC 8188 and RFC 8291 say."""

    def __init__(self, name: str = "phone") -> None:
        self.endpoint = ENDPOINT + name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = hashlib.sha256(name.encode()).digest()[:16]
        self.keys = {
            "p256dh": url64(public_bytes(self._key.public_key())),
            "auth": url64(self._secret),
        }

    def decrypt(self, body: bytes) -> dict[str, Any]:
        salt, (_size, length) = body[:16], struct.unpack("!LB", body[16:21])
        sender, record = body[21 : 21 + length], body[21 + length :]
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self._key.exchange(ec.ECDH(), point)
        info = b"WebPush: info\0" + public_bytes(self._key.public_key()) + sender
        material = _hkdf(self._secret, shared, info, 32)
        key = _hkdf(salt, material, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(salt, material, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, record, None)
        content, mark, padding = plain.rpartition(b"\x02")
        assert mark and not padding.strip(b"\0")
        found = json.loads(content)
        assert isinstance(found, dict)
        return found


def _hkdf(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, for at most one block."""
    extracted = hmac.digest(salt, material, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:length]


@pytest.fixture
def vapid(tmp_path: Path) -> Vapid:
    return Vapid.kept_in(tmp_path, BASE)


@pytest.fixture
def story(session: Session) -> Story:
    made = make_story(session)
    made.case.owner_id = made.worker.id
    session.commit()
    return made


def agree(session: Session, user: User, phone: Phone) -> PushSubscription:
    made = subscribe(
        session, actor=actor_of(user), endpoint=phone.endpoint, now=clock.now(), **phone.keys
    )
    session.commit()
    return made


def a_pass(vapid: Vapid, there: Site, now: Any) -> None:
    """As if every push service were the site of the test."""

    def open_to(_parts: SplitResult) -> HTTPConnection:
        return HTTPConnection(str(urlsplit(there.url).netloc), timeout=2)

    run_pass(db.sessionmaker, {Channel.PUSH: push_carrier(vapid, BASE, open_to=open_to)}, now)


def only_message(session: Session) -> Message:
    session.rollback()
    return session.scalars(select(Message)).one()


def test_a_browser_decrypts_how_many_things_wait_and_nothing_else(
    session: Session, story: Story, vapid: Vapid
) -> None:
    phone = Phone()
    agree(session, story.worker, phone)
    with site() as there:
        a_pass(vapid, there, story.received_at + timedelta(hours=7))
    [(path, headers, body)] = there.kept
    assert phone.decrypt(body) == {
        "title": "Vòng Tay: 2 việc cần làm", "url": f"{BASE}/reminders/",
    }  # fmt: skip
    message = only_message(session)
    assert path == "/fcm/send/phone" and message.state is DeliveryState.SENT
    assert headers["Content-Encoding"] == "aes128gcm" and headers["Urgency"] == "high"
    assert headers["Topic"] == message.id.hex and len(headers["Topic"]) == 32
    assert int(headers["TTL"]) > 0 and str(story.case.number) not in str(headers)


def test_we_are_known_by_our_key_to_that_service_only(
    session: Session, story: Story, vapid: Vapid
) -> None:
    agree(session, story.worker, Phone())
    with site() as there:
        a_pass(vapid, there, story.received_at + timedelta(hours=7))
    scheme, token, key = there.kept[0][1]["Authorization"].replace(",", "").split()
    assert scheme == "vapid" and key == f"k={vapid.public}"
    signed, _dot, signature = token.removeprefix("t=").rpartition(".")
    header, claims = (json.loads(of_url64(part)) for part in signed.split("."))
    raw = of_url64(signature)
    r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), of_url64(vapid.public))
    public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
    assert header == {"typ": "JWT", "alg": "ES256"} and claims["sub"] == BASE
    assert claims["aud"] == "https://fcm.googleapis.com"
    assert 0 < claims["exp"] - clock.now().timestamp() <= 86400


def test_our_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    first, again = Vapid.kept_in(tmp_path, BASE), Vapid.kept_in(tmp_path, BASE)
    assert first.public == again.public and len(of_url64(first.public)) == 65
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_browser_that_took_it_back_is_asked_no_more(
    session: Session, story: Story, vapid: Vapid, status: int
) -> None:
    agree(session, story.worker, Phone())
    with site() as there:
        there.status = status
        a_pass(vapid, there, story.received_at + timedelta(hours=7))
        a_pass(vapid, there, story.received_at + timedelta(hours=10))
    message = only_message(session)
    assert len(there.kept) == 1 and message.state is DeliveryState.DEAD
    assert session.scalars(select(PushSubscription)).one().failed_at is not None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_is_busy_is_tried_later(
    session: Session, story: Story, vapid: Vapid, status: int
) -> None:
    phone = Phone()
    agree(session, story.worker, phone)
    with site() as there:
        there.statuses = [status]
        a_pass(vapid, there, story.received_at + timedelta(hours=7))
        waiting = only_message(session)
        assert (waiting.state, waiting.error) == (DeliveryState.WAITING, str(status))
        a_pass(vapid, there, story.received_at + timedelta(hours=7, minutes=2))
    assert only_message(session).state is DeliveryState.SENT
    topics = {headers["Topic"] for _path, headers, _body in there.kept}
    assert len(there.kept) == 2 and len(topics) == 1


@pytest.mark.real_time
def test_a_service_that_hangs_is_left(
    session: Session, story: Story, vapid: Vapid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "ANSWERING", 0.3)
    agree(session, story.worker, Phone())
    began = time.monotonic()
    with site() as there:
        there.silent.set()
        a_pass(vapid, there, story.received_at + timedelta(hours=7))
    assert time.monotonic() - began < 5
    assert only_message(session).state is DeliveryState.WAITING


def test_one_browser_of_two_is_enough(session: Session, story: Story, vapid: Vapid) -> None:
    for name in ("old", "new"):
        agree(session, story.worker, Phone(name))
    with site() as there:
        there.statuses = [410, 201]
        a_pass(vapid, there, story.received_at + timedelta(hours=7))
    assert only_message(session).state is DeliveryState.SENT and len(there.kept) == 2
    failed = [one.failed_at is not None for one in session.scalars(select(PushSubscription))]
    assert sorted(failed) == [False, True]


# whom we talk to


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x", "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x",
        "https://169.254.169.254/latest", "https://fcm.googleapis.com.evil.vn/x",
        "https://evilpush.services.mozilla.com.vn/", "https://fcm.googleapis.com@evil.vn/",
        "https://fcm.googleapis.com:8443/x", "https://user:pw@fcm.googleapis.com/x", "ftp://x", "",
        "https://evil.vn/?fcm.googleapis.com", "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/\r\nHost: x", "https://fcm.googleapis.com:x/", "https://[x/",
        "https://fcm.googleapis.com/" + "x" * 1000, "https://fcm.googleapis.cơm/",
    ],
)  # fmt: skip
def test_only_push_services_are_asked(session: Session, story: Story, endpoint: str) -> None:
    assert not is_push_service(endpoint)
    with pytest.raises(Exception, match="endpoint"):
        subscribe(
            session,
            actor=actor_of(story.worker),
            endpoint=endpoint,
            now=clock.now(),
            **Phone().keys,
        )


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b", "https://web.push.apple.com/QGu",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://wns2-sg2p.notify.windows.com/w/?token=BQY%3d",
    ],
)  # fmt: skip
def test_those_of_the_known_browsers_are(endpoint: str) -> None:
    assert is_push_service(endpoint)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "224.0.0.1", "ff02::1",
    ],
)  # fmt: skip
def test_no_machine_of_this_house_is_public(address: str) -> None:
    assert not are_public([address]) and not are_public(["142.250.1.1", address])
    assert are_public(["142.250.1.1", "2404:6800:4005::1"]) and not are_public([])


def test_a_host_that_pushes_nothing_is_not_connected_to() -> None:
    with pytest.raises(Refused):
        connect(urlsplit("https://127.0.0.1/x"))


# agreeing, and taking it back


def sent(phone: Phone, **over: str) -> dict[str, object]:
    return {"endpoint": phone.endpoint, **phone.keys, **over}


def test_one_agrees_on_the_page_and_takes_it_back(
    browser: Browser, session: Session, story: Story
) -> None:
    browser.sign_in(story.worker)
    browser.submit(CHOICES, sent(Phone()), form="#push-form")
    page = browser.follow()
    assert "Đã bật thông báo" in page.text
    assert len(page.select("[name=push][checked]")) == len(page.select("[name=push]")) > 3
    kept = session.scalars(select(PushSubscription)).one()
    assert kept.endpoint == Phone().endpoint
    rows = str(
        session.execute(text("SELECT push_subscriptions::text FROM push_subscriptions")).all()
    )
    assert "googleapis" not in rows and "p256dh" not in rows
    browser.submit_page(page, {}, form=f"form[action$='{kept.id}/stop']")
    assert session.scalars(select(PushSubscription)).all() == []


def test_what_was_chosen_before_stays(session: Session, story: Story) -> None:
    agree(session, story.worker, Phone())
    choice = choice_of(session, story.worker.id)
    assert isinstance(choice, ReminderChoice) and choice.channels == {"*": ["push"]}
    choice.channels = {"*": ["mail"], "visit": ["push"]}
    session.commit()
    agree(session, story.worker, Phone("second"))
    session.refresh(choice)
    assert choice.channels == {"*": ["mail"], "visit": ["push"]}


def test_a_shared_computer_belongs_to_who_agreed_last(session: Session, story: Story) -> None:
    agree(session, story.worker, Phone())
    agree(session, story.chair, Phone())
    assert session.scalars(select(PushSubscription.user_id)).all() == [story.chair.id]


def test_only_a_few_browsers_each(session: Session, story: Story) -> None:
    for number in range(MOST + 2):
        agree(session, story.worker, Phone(str(number)))
    kept = {one.endpoint for one in session.scalars(select(PushSubscription))}
    assert len(kept) == MOST and ENDPOINT + "0" not in kept


@pytest.mark.parametrize(
    "over",
    [
        {"endpoint": "https://127.0.0.1/"}, {"p256dh": "AAAA"}, {"p256dh": "x" * 87},
        {"auth": "AA"}, {"auth": "ơ"}, {"endpoint": ""}, {"p256dh": url64(b"\x04" + b"\x01" * 64)},
    ],
)  # fmt: skip
def test_what_no_browser_sends_is_refused(
    browser: Browser, session: Session, story: Story, over: dict[str, str]
) -> None:
    browser.sign_in(story.worker)
    browser.submit(CHOICES, sent(Phone(), **over), form="#push-form")
    assert "không đăng ký" in browser.follow().text
    assert session.scalars(select(PushSubscription)).all() == []


def test_nobody_elses_browser_is_switched_off(
    browser: Browser, session: Session, story: Story
) -> None:
    other = agree(session, UserFactory(), Phone()).id
    page = browser.sign_in(story.worker).get(CHOICES)
    token = page.select_one("[name=csrf_token]")
    assert token is not None
    path = f"/reminders/choices/push/{other}/stop"
    data = {"csrf_token": token["value"], "idempotency_key": str(new_id())}
    browser.post(path, data, expect=404)
    assert session.get(PushSubscription, other) is not None


def test_the_worker_may_run_under_our_policy_and_controls_no_page(app: Flask) -> None:
    answer = app.test_client().get("/static/js/push-worker.js")
    assert answer.mimetype == "text/javascript" and "Service-Worker-Allowed" not in answer.headers
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "worker-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.wide
def test_no_word_of_the_case_is_pushed(session: Session, vapid: Vapid) -> None:
    world = make_world(session)
    cage = fill(session, world.mine)
    session.execute(text("DELETE FROM push_subscriptions"))
    phones: dict[UUID, Phone] = {}
    for user in list(world.mine.users.values()):
        phones[user.id] = Phone(user.username)
        agree(session, user, phones[user.id])
    words = [word for canary in cage.canaries for word in canary.spellings]
    with site() as there:
        for days in (0, 1, 30):
            a_pass(vapid, there, clock.now() + timedelta(days=days))
    by_path = {urlsplit(phone.endpoint).path: phone for phone in phones.values()}
    assert len(there.kept) > 3
    for path, headers, body in there.kept:
        told = by_path[path].decrypt(body)
        assert set(told) == {"title", "url"} and told["url"] == f"{BASE}/reminders/"
        assert leaks(f"{told} {headers}".encode(), words) == []
