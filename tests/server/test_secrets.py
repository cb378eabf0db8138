"""The most talkative server still keeps secrets: they are in the reply that makes them, and in no log."""

import json
from base64 import b64encode
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from websockets.sync.client import connect

from tests.server.support import PATIENCE_S, serving


def test_no_log_and_no_later_reply_shows_a_secret(tmp_path: Path) -> None:
    options = (
        "--data",
        str(tmp_path / "data"),
        "--log-level",
        "debug",
        "--control-token",
        "the-control-token",
    )
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    mistaken = json.dumps({"type": "ed25519", "public_key": pem}).encode()
    with serving(tmp_path, *options) as server:
        owner_sends = partial(server.send, authorization="Bearer the-control-token")
        accounts = "/margind/v1/exchanges/main/accounts"
        made = owner_sends("POST", accounts, b'{"name":"other"}')
        assert made.status == 200
        server.credentials["other"] = made.json
        secrets = [known["secret_key"] for known in server.credentials.values()]
        assert all(len(secret) == 64 for secret in secrets)
        replies = [
            server.call("GET", "/fapi/v3/account", account="other"),
            server.call("GET", "/fapi/v1/leverage", "symbol=BTCUSDT", account="other"),
            server.call("POST", "/fapi/v1/leverage", "symbol=BTCUSDT&leverage=7", account="other"),
            server.call("POST", "/fapi/v1/leverage", "symbol=BTCUSDT", account="other"),
            owner_sends("GET", accounts),
            owner_sends("GET", f"{accounts}/other/state"),
            server.send("GET", accounts),
            server.send("GET", accounts, authorization="Bearer wrong"),
            # A private key given by mistake is not repeated.
            owner_sends("POST", f"{accounts}/other/keys", mistaken),
            owner_sends("POST", accounts, b'{"name":"other"}'),
            owner_sends("POST", accounts, b'{"name":'),
        ]
        with connect(server.ws_url + "/ws-fapi/v1", proxy=None) as connection:
            for frame in ('{"id":1,"method":"session.status"}', "{"):
                connection.send(frame)
                replies.append(server.send("GET", "/fapi/v1/ping"))
                assert connection.recv(PATIENCE_S)
        log = server.log
    kept = [
        *secrets,
        "the-control-token",
        pem.splitlines()[1],
        b64encode(private.private_bytes_raw()).decode(),
    ]
    assert "uvicorn" in log
    for text in kept:
        assert text not in log
        assert all(text.encode() not in reply.body for reply in replies)


def test_files_with_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    with serving(tmp_path, "--data", str(tmp_path / "data")):
        files = [tmp_path / "ready.json", *(tmp_path / "data").iterdir()]
        assert {file.name for file in files} >= {"ready.json", "main.db"}
        assert {file.name: oct(file.stat().st_mode & 0o077) for file in files} == {
            file.name: "0o0" for file in files
        }
