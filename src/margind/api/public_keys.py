"""Verifiers of RSA and Ed25519 keys; loaded only when such a key exists, as cryptography is slow to load."""

from base64 import b64decode

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key


class RsaVerifier:
    """RSASSA-PKCS1-v1_5 with SHA-256, base64."""

    __slots__ = ("_public_key",)

    def __init__(self, public_key_pem: str) -> None:
        public_key = _loaded(public_key_pem)
        if not isinstance(public_key, RSAPublicKey):
            raise ValueError("the public key is not an RSA key")  # noqa: TRY004 - the text is wrong
        self._public_key = public_key

    def verify(self, payload: bytes, signature: str) -> bool:
        """Whether `signature` was made over exactly `payload`."""
        try:
            self._public_key.verify(b64decode(signature, validate=True), payload, PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature):
            return False
        return True


class Ed25519Verifier:
    """The raw Ed25519 signature, base64."""

    __slots__ = ("_public_key",)

    def __init__(self, public_key_pem: str) -> None:
        public_key = _loaded(public_key_pem)
        if not isinstance(public_key, Ed25519PublicKey):
            raise ValueError("the public key is not an Ed25519 key")  # noqa: TRY004 - the text is wrong
        self._public_key = public_key

    def verify(self, payload: bytes, signature: str) -> bool:
        """Whether `signature` was made over exactly `payload`."""
        try:
            self._public_key.verify(b64decode(signature, validate=True), payload)
        except (ValueError, InvalidSignature):
            return False
        return True


def _loaded(pem: str) -> object:
    try:
        return load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        # `from None`: the library's text may quote what was given, which can be a private key by mistake.
        raise ValueError("not a public key in PEM form (-----BEGIN PUBLIC KEY----- ...)") from None
