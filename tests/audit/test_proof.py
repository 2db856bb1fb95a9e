"""The proof beside a court record: any change is found, at the first event that it touches."""

import base64
import copy
import hashlib
import json
import random
import uuid
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.proof import FORMAT, verify_proof
from app.audit.verify import event_hash

KEY = Ed25519PrivateKey.generate()
LENGTH, SIGNED = 12, 9


def verify(signature: bytes, message: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


def a_proof() -> dict[str, Any]:
    """Twelve events of a case; nine of them signed, among events of others."""
    chain_id, previous, chain = uuid.uuid4(), b"\x00" * 32, []
    for seq in range(1, LENGTH + 1):
        body = json.dumps({"action": "case.read", "n": seq})
        previous = event_hash(previous, seq, chain_id, body)
        chain.append({"seq": seq, "body": body, "hash": previous.hex()})
    others = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(5)]
    hashes = [others[0], *(e["hash"] for e in chain[5:SIGNED]), *others[1:]]
    root = hashlib.sha256(b"\x02" + b"p" * 32 + b"".join(map(bytes.fromhex, hashes))).hexdigest()
    fields = {"log": "vongtay", "last": 90, "size": 90, "root": root, "number": 3}
    message = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    signature = base64.b64encode(KEY.sign(message)).decode()
    signed = {
        "checkpoint": {**fields, "signature": signature},
        "previous_root": (b"p" * 32).hex(),
        "hashes": hashes,
    }
    return {"format": FORMAT, "chain_id": str(chain_id), "chain": chain, "signed": signed}


def flipped(text: str, dice: random.Random) -> str:
    """One hexadecimal letter is another one."""
    place = dice.randrange(len(text))
    other = dice.choice([letter for letter in "0123456789abcdef" if letter != text[place]])
    return text[:place] + other + text[place + 1 :]


def tampered(proof: dict[str, Any], dice: random.Random) -> int | None:
    """Change one thing; the place of the first event that is touched, None where it is none."""
    chain, signed = proof["chain"], proof["signed"]
    place = dice.randrange(LENGTH)
    how = dice.choice(["body", "hash", "seq", "cut", "add", "swap", "signed", "rewrite"])
    if how == "body":
        chain[place]["body"] = chain[place]["body"].replace("case.read", "case.seen")
    elif how == "hash":
        chain[place]["hash"] = flipped(chain[place]["hash"], dice)
    elif how == "seq":
        chain[place]["seq"] += dice.choice([-1, 1, 100])
    elif how == "cut":
        place = dice.randrange(LENGTH - 1)
        del chain[place]
    elif how == "add":
        chain.insert(place, copy.deepcopy(chain[place - 1]) | {"seq": place + 1})
    elif how == "swap":
        place, other = sorted(dice.sample(range(LENGTH), 2))
        chain[place], chain[other] = chain[other], chain[place]
    elif (
        how == "rewrite"
    ):  # the whole chain again, from a changed event on: only the signature tells
        place = dice.randrange(SIGNED)
        _rewrite(proof, place)
        return None
    else:
        _change_signed(signed, dice)
        return None
    return place + 1


def _rewrite(proof: dict[str, Any], place: int) -> None:
    chain = proof["chain"]
    chain[place]["body"] = '{"action":"invented"}'
    previous = bytes.fromhex(chain[place - 1]["hash"]) if place else b"\x00" * 32
    for event in chain[place:]:
        previous = event_hash(previous, event["seq"], uuid.UUID(proof["chain_id"]), event["body"])
        event["hash"] = previous.hex()
    del proof["signed"]["hashes"][1 : 1 + SIGNED - 5]
    proof["signed"]["hashes"][1:1] = [e["hash"] for e in chain[5:SIGNED]]


def _change_signed(signed: dict[str, Any], dice: random.Random) -> None:
    what = dice.choice(["root", "previous", "hash", "number", "drop"])
    if what == "root":
        signed["checkpoint"]["root"] = flipped(signed["checkpoint"]["root"], dice)
    elif what == "previous":
        signed["previous_root"] = flipped(signed["previous_root"], dice)
    elif what == "hash":
        one = dice.randrange(len(signed["hashes"]))
        signed["hashes"][one] = flipped(signed["hashes"][one], dice)
    elif what == "number":
        signed["checkpoint"]["number"] += 1
    else:
        signed["hashes"].pop()


def check(rounds: int, seed: int) -> None:
    dice = random.Random(seed)
    whole = a_proof()
    for _ in range(rounds):
        proof = copy.deepcopy(whole)
        expected = tampered(proof, dice)
        found = verify_proof(json.dumps(proof), verify).problem
        assert found is not None, proof
        assert found.event_id == expected, (found, expected)


def test_an_untouched_proof_is_whole() -> None:
    """The positive control: what is found below was put there."""
    found = verify_proof(json.dumps(a_proof()), verify)
    assert (found.events, found.signed, found.problem) == (LENGTH, SIGNED, None)


def test_another_key_is_not_ours() -> None:
    found = verify_proof(json.dumps(a_proof()), lambda _signature, _message: False)
    assert found.problem is not None and "not of this key" in found.problem.what


def test_sixty_tamperings_are_found_at_the_right_event() -> None:
    check(60, seed=1)


@pytest.mark.long
def test_a_thousand_tamperings_are_found_at_the_right_event() -> None:
    check(1_000, seed=2)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "\x00", '{"format":"vongtay-proof/1"}', "1" * 5000]
)
def test_what_is_no_proof_is_said(text: str) -> None:
    assert verify_proof(text, verify).problem is not None
