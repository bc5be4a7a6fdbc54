from __future__ import annotations

import io
import socket
import subprocess
import sys
from pathlib import Path

import av
import pytest
from rich.console import Console

from engine.errors import AssetError, BackendUnavailable
from server import doctor


def found(name: str, checks: list[doctor.Check]) -> doctor.Check:
    (check,) = (check for check in checks if check.name == name)
    return check


def examine(
    host: str = "127.0.0.1", port: int = 0, cert: Path | None = None, key: Path | None = None
) -> list[doctor.Check]:
    return doctor.examine(host, port, cert, key)


def test_a_machine_that_runs_these_tests_is_healthy() -> None:
    checks = examine()
    assert doctor.healthy(checks), [check for check in checks if not check.ok]
    assert all(check.found for check in checks)


def test_what_is_missing_has_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise BackendUnavailable("renderer", "no EGL", "install libegl1")

    def damaged(*_: object) -> None:
        raise AssetError("avatar", "default.npz", "rebuild it")

    def no_codec(name: str, mode: str) -> None:
        raise ValueError(name)

    monkeypatch.setattr("engine.render.gl.describe", none)
    monkeypatch.setattr("engine.avatar.catalogue.load", damaged)
    monkeypatch.setattr(av, "Codec", no_codec)
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no_such_package"))
    monkeypatch.setattr(doctor, "BROWSERS", ())
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (9, 0))
    checks = examine()
    assert not doctor.healthy(checks)
    sick = {check.name: check for check in checks if not check.ok}
    assert set(sick) >= {"python", "packages", "renderer", "avatars", *doctor.CODECS}
    assert all(check.remedy for check in sick.values())
    assert sick["renderer"].remedy == "install libegl1"
    assert "no_such_package" in sick["packages"].found
    assert not sick["libvpx"].needed and sick["libx264"].needed


def test_optional_things_do_not_make_it_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "BROWSERS", ())
    checks = examine()
    assert not found("browser for tests", checks).ok
    assert not found("https", checks).ok
    assert doctor.healthy(checks)


def test_a_taken_port_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        check = found(f"port {port}", examine(port=port))
    assert not check.ok and check.needed
    assert "--port" in check.remedy


@pytest.mark.parametrize(("host", "port"), [("256.0.0.1", 0), ("127.0.0.1", 70_000)])
def test_an_impossible_address_is_a_finding_not_a_crash(host: str, port: int) -> None:
    assert not found(f"port {port}", examine(host, port)).ok


def test_certificates_are_tried(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make_certificate(cert, key)
    assert found("https", examine(cert=cert, key=key)).ok
    half = found("https", examine(cert=cert))
    assert not half.ok and "both" in half.remedy
    key.write_text("nonsense")
    broken = found("https", examine(cert=cert, key=key))
    assert not broken.ok and broken.needed


def make_certificate(cert: Path, key: Path) -> None:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1)
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    signed = builder.sign(private, hashes.SHA256())
    cert.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def test_table_shows_findings_and_remedies() -> None:
    console = Console(width=100, file=io.StringIO())
    checks = [doctor.Check("a", True, "fine"), doctor.Check("b", False, "bad", "mend")]
    with console.capture() as capture:
        console.print(doctor.as_table(checks))
    text = capture.get()
    assert "✓" in text and "✗" in text and "→ mend" in text


def test_doctor_of_a_broken_machine_exits_with_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "server.cli", "doctor", "--port", port]
        done = subprocess.run(
            command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
