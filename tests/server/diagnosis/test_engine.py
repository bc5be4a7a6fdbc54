"""The links inside the server, with the real networks and the real renderer."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BackendUnavailable
from engine.options import SessionOptions
from server.diagnosis import engine, speech
from server.rtc import microphone

SMALL = SessionOptions(width=128, height=128, quality="low")


def test_a_machine_that_runs_these_tests_hears_moves_and_draws():
    links = engine.examine(SMALL, None, None)
    assert [link.name for link in links] == list(engine.NAMES)
    assert [link.state for link in links] == ["ok"] * 5, links


def test_a_decoder_that_gives_nothing_is_found(monkeypatch):
    class Dumb:
        def decode(self, payload):
            return np.zeros(960, np.int16)

        def conceal(self, samples, payload):
            return None

    monkeypatch.setattr(microphone, "open_decoder", Dumb)
    packets = engine._packets(speech.phrase())
    assert packets.state == "failed" and "level 0.000" in packets.found and packets.remedy


def test_a_renderer_that_is_missing_leaves_the_rest_untried(monkeypatch):
    def missing(*_):
        raise BackendUnavailable("renderer", "no EGL", "install libegl1")

    monkeypatch.setattr("engine.session.Studio", missing)
    by_name = {link.name: link for link in engine.examine(SMALL, None, None)}
    assert by_name["renderer"].remedy == "install libegl1"
    assert by_name["networks"].state == "ok" and by_name["video encoder"].state == "skipped"


def test_silence_is_no_speech_and_moves_nothing(monkeypatch):
    quiet = np.zeros(48_000, np.int16)
    session = engine.Engine.load().session(SMALL, sink="motion")
    voice, networks = engine._hearing(session, quiet)
    assert voice.state == networks.state == "failed" and voice.remedy and networks.remedy


@pytest.mark.parametrize("content", [b"", b"RIFF nonsense"])
def test_a_damaged_syllable_is_named(tmp_path, content):
    (tmp_path / "syllable.wav").write_bytes(content)
    with pytest.raises(speech.AssetError, match="syllable"):
        speech.spoken(tmp_path / "syllable.wav")
