"""C2PA manifests in files, read by c2pa-python itself."""

from __future__ import annotations

import builtins
import datetime
import json
import logging
import stat
from pathlib import Path

import av
import numpy as np
import pytest

from engine.encode.h264 import H264Encoder
from engine.errors import BackendUnavailable, InvalidInput
from engine.timeline import FrameGrid
from engine.units import VideoUnit
from server.outputs import certificate, provenance
from server.outputs.mp4 import Mp4Writer
from server.outputs.outlet import Outlet
from server.outputs.provenance import Provenance, Signing, UnsignedFile
from server.outputs.recording import KEYFRAMES, Recorder
from tests.conftest import vowels
from tests.server.tapped import FakeTapped

c2pa = pytest.importorskip("c2pa", reason="needs c2pa-python")
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Certificates are kept apart from those of whoever runs the tests."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "visavis" / "c2pa"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Half a second of moving picture and sound."""
    path, grid = tmp_path / "film.mp4", FrameGrid(25)
    encoder = H264Encoder(96, 64, 25, 300_000)
    with Mp4Writer(path, 25) as writer:
        writer.sound(vowels(0.5))
        for k in range(12):
            picture = np.full((96, 96), 128, np.uint8)
            picture[:64, 4 * k : 4 * k + 20] = 220
            payload, key = encoder.encode(picture, k, k == 0)
            writer.picture(VideoUnit(grid.start(k), grid.duration(k), payload, key))
    encoder.close()
    return path


def signer(**signing: object) -> Provenance:
    opened = Signing(**signing).open()  # type: ignore[arg-type]
    assert opened is not None
    return opened


def read(path: Path) -> tuple[str, dict[str, object], set[str]]:
    """(state, active manifest, codes of what was found wrong)."""
    with path.open("rb") as file, c2pa.Reader("video/mp4", file) as reader:
        told = json.loads(reader.json())
        state = reader.get_validation_state()
    codes = {status["code"] for status in told.get("validation_status", [])}
    return state, told["manifests"][told["active_manifest"]], codes


def test_a_signed_file_says_what_made_it(film: Path) -> None:
    signer().sign(film)
    state, manifest, wrong = read(film)
    assert (state, wrong) == ("Valid", {"signingCredential.untrusted"})
    assert manifest["claim_generator_info"][0]["name"] == "Visavis"
    (action,) = next(a for a in manifest["assertions"] if a["label"] == "c2pa.actions.v2")["data"][
        "actions"
    ]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert manifest["signature_info"]["alg"] == "Es256"
    assert [path.name for path in film.parent.glob(".*")] == []


@pytest.mark.parametrize("share", [0.5, 0.8, 0.99])
def test_a_file_that_was_tampered_with_fails(film: Path, share: float) -> None:
    signer().sign(film)
    data = bytearray(film.read_bytes())
    data[int(share * len(data))] ^= 1
    film.write_bytes(data)
    state, _, wrong = read(film)
    assert state == "Invalid" and "assertion.bmffHash.mismatch" in wrong


def test_a_manifest_of_another_file_fails(film: Path) -> None:
    """Its bytes are right, but the pictures are not those that it was made for."""
    signer().sign(film)
    whole = film.read_bytes()
    at = whole.index(b"moov")
    film.write_bytes(whole[: at - 4] + b"\0\0\0\x10wide" + bytes(8) + whole[at - 4 :])
    assert read(film)[0] == "Invalid"


def test_players_see_the_same_as_before(film: Path) -> None:
    import av

    def shown() -> list[tuple[float | None, bytes]]:
        with av.open(str(film)) as file:
            return [(f.time, f.to_ndarray().tobytes()) for f in file.decode(video=0)]

    before = shown()
    signer().sign(film)
    assert shown() == before and len(before) == 12


async def test_a_recording_is_signed_when_it_is_complete(tmp_path: Path) -> None:
    """One that is written in fragments, and given one index at the end."""
    session = FakeTapped()
    recorder = Recorder(tmp_path, "take", 25, "h264", signer())
    outlet = Outlet(session, recorder, "recording", KEYFRAMES)
    outlet.start()
    session.play(vowels(1.5)[: 70 * 960])
    outlet.close()
    assert outlet.join(10) and outlet.error is None
    (name,) = recorder.files
    assert read(tmp_path / name)[0] == "Valid"
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    assert read(tmp_path / name)[0] == "Invalid"


async def test_a_recording_that_had_to_be_signed_and_could_not_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = signer(wanted="required")

    def fail(path: Path) -> None:
        raise UnsignedFile("a file could not be signed")

    monkeypatch.setattr(opened, "sign", fail)
    session = FakeTapped()
    recorder = Recorder(tmp_path, "take", 25, "h264", opened)
    outlet = Outlet(session, recorder, "recording", KEYFRAMES)
    outlet.start()
    session.play(vowels(1.5)[: 50 * 960])
    outlet.close()
    assert outlet.join(10) and isinstance(outlet.error, UnsignedFile)
    with av.open(str(tmp_path / recorder.files[0])) as file:
        assert len([*file.decode(video=0)]) > 20


def test_the_certificate_is_made_once_and_for_its_owner_alone(home: Path) -> None:
    first = certificate.self_signed(home, NOW)
    assert certificate.self_signed(home, NOW) == first
    (file,) = home.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_home_that_takes_nothing_stops_nobody(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    signer().sign(film)
    assert read(film)[0] == "Valid"


def test_the_operator_s_certificate_signs(film: Path, tmp_path: Path) -> None:
    chain, key = certificate.make(NOW)
    (tmp_path / "chain.pem").write_bytes(chain)
    (tmp_path / "key.pem").write_bytes(key)
    signer(cert=tmp_path / "chain.pem", key=tmp_path / "key.pem").sign(film)
    assert read(film)[0] == "Valid"
    assert not (tmp_path / "data").exists()


def test_certificates_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    chain, key = certificate.make(NOW)
    files = {"chain": chain, "key": key, "other": certificate.make(NOW)[1], "junk": b"junk"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    wrong = {
        ("missing", "key"): "c2pa_cert",
        ("chain", "missing"): "c2pa_key",
        ("chain", "other"): "c2pa_key",
        ("chain", "junk"): "c2pa_key",
        ("junk", "key"): "c2pa_cert",
    }
    for (cert, key_), field in wrong.items():
        with pytest.raises(InvalidInput) as caught:
            Signing(cert=tmp_path / cert, key=tmp_path / key_).open()
        assert caught.value.field == field
    with pytest.raises(InvalidInput, match="both"):
        Signing(cert=tmp_path / "chain")
    with pytest.raises(InvalidInput, match="auto, required, off"):
        Signing("maybe")


def test_off_signs_nothing() -> None:
    assert Signing("off").open() is None


def test_without_the_library_it_goes_on_or_refuses(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "c2pa":
            raise ImportError("No module named 'c2pa'")
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with caplog.at_level(logging.INFO):
        assert Signing().open() is None
    assert "visavis[provenance]" in caplog.text
    with pytest.raises(BackendUnavailable, match="visavis"):
        Signing("required").open()


def test_what_cannot_be_signed_stays_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "no.mp4"
    path.write_bytes(b"this is no film")
    signer().sign(path)
    assert "without a C2PA manifest" in caplog.text
    with pytest.raises(UnsignedFile):
        signer(wanted="required").sign(path)
    assert path.read_bytes() == b"this is no film"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["no.mp4"]


def test_a_full_disk_leaves_the_file(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = film.read_bytes()

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    opened = signer(wanted="required")
    monkeypatch.setattr(provenance.Path, "replace", full)
    with pytest.raises(UnsignedFile):
        opened.sign(film)
    assert film.read_bytes() == before
