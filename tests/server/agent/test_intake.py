from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.encode.opus import PACKET, OpusEncoder
from engine.errors import InvalidInput
from server.agent.intake import MAX_PIECE_S, OpusIntake, PcmIntake, SoundFormat
from tests.server.agents import tone


@settings(deadline=None, max_examples=30)
@given(st.sampled_from([16_000, 24_000, 48_000]), st.lists(st.integers(1, 900), min_size=1))
def test_every_sample_counts_however_it_is_cut(rate: int, lengths: list[int]) -> None:
    intake, sound = PcmIntake(SoundFormat("pcm16", rate)), tone(2.0, rate)
    lengths = lengths[: len(sound) // 900]
    made = 0
    for start, length in zip(np.cumsum([0, *lengths]), lengths, strict=False):
        made += len(intake.take(sound[start : start + length].tobytes()))
    assert made + len(intake.rest()) == sum(lengths) * 48_000 // rate


@pytest.mark.parametrize("rate", [16_000, 24_000])
def test_it_sounds_as_it_did(rate: int) -> None:
    intake = PcmIntake(SoundFormat("pcm16", rate))
    made = np.concatenate([intake.take(tone(0.5, rate).tobytes()), intake.rest()])
    wanted = tone(0.5, 48_000)
    middle = slice(500, -500)  # the filter runs in and out
    assert np.abs(made[middle].astype(int) - wanted[middle]).max() < 8


def test_opus_packets_of_any_kind() -> None:
    intake, encoder = OpusIntake(), OpusEncoder(32_000)
    hops = tone(0.2, 48_000).reshape(-1, PACKET)
    made = [intake.take(encoder.encode(hop)) for hop in hops]
    assert [len(pcm) for pcm in made] == [PACKET] * len(hops) and np.abs(made[-1]).max() > 4000
    assert not len(intake.rest())


@pytest.mark.parametrize(
    ("piece", "value"),
    [(b"\0\0\0", "3 bytes"), (b"", "0 bytes"), (bytes(2 * 24_000 * MAX_PIECE_S + 2), "bytes")],
)
def test_damaged_pieces_change_nothing(piece: bytes, value: str) -> None:
    intake, untouched = (PcmIntake(SoundFormat()) for _ in range(2))
    sound = tone(0.1).tobytes()
    first = intake.take(sound)
    with pytest.raises(InvalidInput) as error:
        intake.take(piece)
    assert error.value.field == "audio" and value in error.value.value and error.value.remedy
    assert np.array_equal(first, untouched.take(sound))
    assert np.array_equal(intake.take(sound), untouched.take(sound))
    assert np.array_equal(intake.rest(), untouched.rest())


def test_what_is_no_opus_packet_is_refused() -> None:
    for piece in (b"", b"\xff\xff\xff", b"OggS" + bytes(60)):
        with pytest.raises(InvalidInput, match="Opus packet"):
            OpusIntake().take(piece)


@pytest.mark.parametrize(
    ("name", "rate", "field"),
    [
        ("mp3", None, "input_audio_format"),
        (None, 8_000, "sample_rate"),
        (None, True, "sample_rate"),
        ("opus", 24_000, "sample_rate"),
    ],
)
def test_formats_that_there_are_not(name: str | None, rate: int | None, field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        SoundFormat.of(name, rate)
    assert error.value.field == field


def test_what_is_not_named_stays() -> None:
    sixteen = SoundFormat.of(None, 16_000)
    assert SoundFormat.of("pcm16", None, sixteen) == sixteen
    assert SoundFormat.of("opus", None, sixteen) == SoundFormat("opus", 48_000)
