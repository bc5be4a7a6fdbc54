"""Signed statements of what made a file, in the file: C2PA manifests in MP4.

Specification: https://spec.c2pa.org, version 2.2. The library, c2pa-python, is an extra of the
package; without it files have their comment alone.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from engine.errors import BackendUnavailable, InvalidInput, VisavisError
from server.label import NAME, SOURCE_TYPE, release
from server.outputs import certificate

WANTED = ("auto", "required", "off")
_MP4 = "video/mp4"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Signing:
    """Whether and as whom files are signed; InvalidInput names what cannot be.

    wanted     one of `WANTED`: where it can be, or nothing is made without it, or not
    cert, key  PEM files of the operator's own: a chain, its end first, and the key of that end;
               both or neither
    """

    wanted: str = WANTED[0]
    cert: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if self.wanted not in WANTED:
            raise InvalidInput("c2pa", self.wanted, f"use {', '.join(WANTED)}")
        if (self.cert is None) != (self.key is None):
            missing = "c2pa_key" if self.key is None else "c2pa_cert"
            raise InvalidInput(missing, None, "give both the certificate and its key")

    def open(self, now: Callable[[], float] = time.time) -> Provenance | None:
        """What signs, or None if nothing does, which is said once.

        ``now`` tells the time of day, from which a certificate that has to be made is valid.
        BackendUnavailable if it is required and cannot be; InvalidInput if certificate and key
        cannot be used.
        """
        if self.wanted == "off":
            return None
        try:
            import c2pa
        except (ImportError, OSError) as error:
            remedy = "pip install 'visavis[provenance]'"
            if self.wanted == "required" or self.cert is not None:
                raise BackendUnavailable("c2pa", str(error), remedy) from error
            log.info("files will have no C2PA manifest, as c2pa-python is missing: %s", remedy)
            return None
        chain, key = self._credentials(datetime.datetime.fromtimestamp(now(), datetime.UTC))
        return Provenance(c2pa, chain, key, required=self.wanted == "required")

    def _credentials(self, now: datetime.datetime) -> tuple[bytes, bytes]:
        if self.cert is None or self.key is None:
            try:
                return certificate.self_signed(certificate.own_folder(), now)
            except OSError as error:
                log.warning("the certificate for C2PA is not kept (%s): made anew", error.strerror)
                return certificate.make(now)
        try:
            return self.cert.read_bytes(), self.key.read_bytes()
        except OSError as error:
            field, path = (
                ("c2pa_key", self.key) if self.cert.is_file() else ("c2pa_cert", self.cert)
            )
            raise InvalidInput(field, str(path), f"give a readable PEM file ({error})") from error


class Provenance:
    """Signs files under one certificate; InvalidInput if that and the key do not fit.

    required  whether a file that cannot be signed is a failure
    """

    def __init__(self, c2pa: ModuleType, chain: bytes, key: bytes, *, required: bool) -> None:
        self.required = required
        self._lock = threading.Lock()
        self._c2pa = c2pa
        info = c2pa.C2paSignerInfo(_algorithm(chain, key).encode(), chain, key, None)
        try:
            self._signer = c2pa.Signer.from_info(info)
        except c2pa.C2paError as error:
            raise InvalidInput("c2pa_cert", "PEM", f"C2PA cannot use it ({error})") from error

    def sign(self, path: Path) -> None:
        """Put a manifest into the MP4 file ``path``, in place; it stays as it was on any error.

        UnsignedFile if that cannot be done and is required; else it is logged.
        """
        part = path.with_name(f".{path.name}.{os.getpid()}.c2pa")
        try:
            builder = self._c2pa.Builder.from_json(json.dumps(manifest()))
            with self._lock, path.open("rb") as source, part.open("w+b") as signed:
                builder.sign(self._signer, _MP4, source, signed)
            part.replace(path)
        except (self._c2pa.C2paError, OSError) as error:
            if self.required:
                raise UnsignedFile(f"a file could not be signed: {error}") from error
            log.warning("a file is left without a C2PA manifest: %s", error)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


class UnsignedFile(VisavisError):
    """A file that had to be signed could not be; it is there without."""


def manifest() -> dict[str, object]:
    """What is stated: made by this program, from networks and a voice."""
    agent = {"name": NAME, "version": release()}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE_TYPE,
        "softwareAgent": agent,
        "description": "The picture is synthetic: it was generated from the voice.",
    }
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [created]}}
    return {"claim_generator_info": [agent], "format": _MP4, "assertions": [actions]}


def _algorithm(chain: bytes, key: bytes) -> str:
    """By which the key signs (C2PA 2.2, section 13.2.1); InvalidInput for one that does not."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key, None)
    except (ValueError, TypeError) as error:
        remedy = "give a private key as PEM, without a password"
        raise InvalidInput("c2pa_key", "PEM", remedy) from error
    try:
        end = x509.load_pem_x509_certificate(chain)
    except ValueError as error:
        raise InvalidInput("c2pa_cert", "PEM", "give a chain of certificates as PEM") from error
    if end.public_key() != private.public_key():
        raise InvalidInput("c2pa_key", "PEM", "give the key of the first certificate in the chain")
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.key_size in (256, 384):
        return f"es{private.key_size}"
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= 2048:
        return "ps256"
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    raise InvalidInput("c2pa_key", type(private).__name__, "use P-256, P-384, RSA or Ed25519")
