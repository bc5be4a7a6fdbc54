"""What is put where a packet was lost, with packets of a real encoder."""

from __future__ import annotations

import numpy as np
import pytest

from engine.encode.opus import OpusEncoder
from server.rtc import opus
from server.rtc.opus import LibopusDecoder, PlainDecoder, open_decoder
from tests.conftest import vowels

PACKETS = 100


@pytest.fixture(scope="module")
def payloads():
    pcm, encoder = vowels(PACKETS / 50), OpusEncoder(32_000)
    return [encoder.encode(pcm[k * 960 : (k + 1) * 960]) for k in range(PACKETS)]


@pytest.fixture
def libopus():
    decoder = open_decoder()
    if not isinstance(decoder, LibopusDecoder):
        pytest.skip("no libopus that can be loaded")
    return decoder


def through(decoder, payloads, lost=()):
    """Everything that is heard when the packets with these numbers are lost."""
    heard = []
    for number, payload in enumerate(payloads):
        if number in lost:
            continue
        missing = 0
        while number - missing - 1 in lost:
            missing += 1
        if missing:
            heard.append(decoder.conceal(missing * 960, payload))
        heard.append(decoder.decode(payload))
    return np.concatenate(heard).astype(np.float64)


def test_both_decoders_hear_the_same(libopus, payloads):
    assert through(libopus, payloads) == pytest.approx(through(PlainDecoder(), payloads), abs=2)


@pytest.mark.parametrize("missing", [1, 2, 6])
def test_the_length_is_kept_and_the_sound_goes_on(libopus, payloads, missing):
    lost = range(40, 40 + missing)
    whole = through(libopus, payloads)
    heard = through(open_decoder(), payloads, lost)
    assert len(heard) == len(whole)
    gap = slice(40 * 960, (40 + missing) * 960)
    assert np.sqrt(np.mean(heard[gap] ** 2)) > 0.1 * np.sqrt(np.mean(whole[gap] ** 2))
    # No click where it begins: no step that speech itself would not make.
    assert (
        np.abs(np.diff(heard[gap.start - 20 : gap.start + 20])).max() < np.abs(np.diff(whole)).max()
    )


def test_the_copy_in_the_next_packet_is_used(libopus, payloads):
    """Every lost packet is nearer to the truth than what is invented without its copy."""
    whole = through(libopus, payloads)
    lost = set(range(5, PACKETS - 1, 10))
    recovered = through(open_decoder(), payloads, lost)
    blind = open_decoder()
    guessed = np.concatenate(
        [blind.conceal(960, b"") if k in lost else blind.decode(p) for k, p in enumerate(payloads)]
    )

    def error(heard):
        return sum(np.sum((heard - whole)[k * 960 : (k + 1) * 960] ** 2) for k in lost)

    assert error(recovered) < 0.7 * error(guessed)


def test_lengths_that_libopus_cannot_make_are_filled_up(libopus, payloads):
    libopus.decode(payloads[0])
    for samples in (1, 100, 961):
        assert libopus.conceal(samples, payloads[1]).shape == (samples,)


@pytest.mark.parametrize("payload", [b"", b"\xff" * 40])
def test_damaged_packets_give_nothing(payload):
    for decoder in (open_decoder(), PlainDecoder()):
        assert decoder.decode(payload).shape == (0,)


def test_without_the_library_losses_are_silent(monkeypatch, payloads):
    monkeypatch.setattr(opus, "_libopus", lambda: None)
    decoder = open_decoder()
    assert isinstance(decoder, PlainDecoder)
    assert not decoder.conceal(960, payloads[1]).any()
