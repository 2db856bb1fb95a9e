"""The keys that are made are of the kinds and lengths that docs/security-notes.md names."""

import base64
import json
from pathlib import Path

from app.core.crypto import Keyring, create_keyset_file
from app.core.ids import new_id

_TINK, _NONCE, _TAG = 5, 12, 16  # bytes around what is wrapped


def test_keys_have_the_length_that_is_written_down(tmp_path: Path) -> None:
    path = tmp_path / "keyset.json"
    create_keyset_file(path)
    parts = json.loads(path.read_text())
    data = {name: parts[name]["key"][0]["keyData"] for name in ("wrap", "lookup", "sign")}
    kinds = {name: one["typeUrl"].rpartition(".")[2] for name, one in data.items()}
    assert kinds == {"wrap": "AesGcmKey", "lookup": "HmacPrfKey", "sign": "Ed25519PrivateKey"}
    for one in data.values():
        assert len(base64.b64decode(one["value"])) >= 32
    assert len(Keyring(path).new_data_key(new_id())) == _TINK + _NONCE + 32 + _TAG
