"""The certificate under which files are signed where the operator has given none.

Nobody vouches for it: verifiers call it untrusted, but see every change of a signed file, and that
two files were signed by the same server. C2PA asks for a chain, so there is a root above it
(C2PA 2.2, section 14.5.1).
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_YEARS = 10
_FILE = "self-signed.pem"
_KEY_END = b"-----END PRIVATE KEY-----\n"


def own_folder() -> Path:
    """``visavis/c2pa`` in ``$XDG_DATA_HOME`` or ``~/.local/share`` (XDG Base Directory 0.8)."""
    told = Path(os.environ.get("XDG_DATA_HOME", ""))
    base = told if told.is_absolute() else Path.home() / ".local" / "share"
    return base / "visavis" / "c2pa"


def self_signed(folder: Path, now: datetime.datetime) -> tuple[bytes, bytes]:
    """(chain, key) as PEM, made at the first call and kept in ``folder``, for the owner alone.

    OSError if it cannot be kept there.
    """
    path = folder / _FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        chain, key = make(now)
        part = folder / f".{_FILE}.{os.getpid()}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(key + chain)
        part.replace(path)  # whoever did the same meanwhile uses theirs until they start again
    key, _, chain = path.read_bytes().partition(_KEY_END)
    return chain, key + _KEY_END


def make(now: datetime.datetime) -> tuple[bytes, bytes]:
    """(chain, key) as PEM: a new key on P-256, valid from a day before ``now``."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, name = (_name(f"Visavis {what}") for what in ("self-signed root", "self-signed"))
    root = _certificate(root_name, root_name, root_key, root_key, now, root=True)
    leaf = _certificate(name, root_name, key, root_key, now, root=False)
    chain = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, root))
    return chain, key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _name(common: str) -> x509.Name:
    parts = {NameOID.ORGANIZATION_NAME: "Visavis, self-signed", NameOID.COMMON_NAME: common}
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts.items()])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    *,
    root: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not root,
        key_cert_sign=root,
        crl_sign=root,
        **dict.fromkeys(
            (
                *("content_commitment", "key_encipherment", "data_encipherment"),
                *("key_agreement", "encipher_only", "decipher_only"),
            ),
            False,
        ),
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(root, 0 if root else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(purpose, critical=False)
    return made.sign(issuer_key, hashes.SHA256())
