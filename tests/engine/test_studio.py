"""What a session shows while its look, size and quality change: real pictures, small."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np
import pytest

from engine.errors import InvalidInput
from engine.look import Look
from engine.options import SessionOptions
from engine.render import gl
from engine.session import Session
from engine.speech.audio import INPUT_HOP
from engine.units import VideoUnit
from tests.engine.gl_objects import Ledger
from tests.engine.sessions import engine

SMALL = SessionOptions(width=96, height=96)
SECOND = np.zeros(50 * INPUT_HOP, np.int16)


@pytest.fixture
def session() -> Iterator[Session]:
    made = engine().session(SMALL)
    yield made
    made.close()


class Costs:
    """A clock on which each picture takes as long as the test says."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._now = 0.0

    def __call__(self) -> float:
        self._now += self.seconds
        return self._now


def pictures(session: Session, behind: bool = False) -> list[VideoUnit]:
    return [unit for unit in session.push(SECOND, behind) if isinstance(unit, VideoUnit)]


def decoded(units: list[VideoUnit]) -> list[np.ndarray]:
    """(height, width, 3) of each picture that a decoder makes of them."""
    context = av.CodecContext.create("h264", "r")
    frames = [f for unit in units for f in context.decode(av.Packet(unit.payload))]
    return [frame.to_ndarray(format="rgb24") for frame in [*frames, *context.decode(None)]]


def test_a_look_changes_between_two_pictures(session: Session) -> None:
    first = pictures(session)
    session.set_look(Look(set="#ff0000", framing="close"))
    shown = decoded(first + pictures(session))
    corner = [picture[:12, :12].mean(axis=(0, 1)) for picture in shown]
    before, after = corner[len(first) - 1], corner[-1]
    assert after[0] > 200 > 100 > after[1]
    assert abs(before[0] - before[2]) < 60
    assert len(shown) == 49


@pytest.mark.parametrize(
    ("look", "field"),
    [
        (Look(avatar="elvis"), "avatar"),
        (Look(set="moon"), "set"),
        (Look(light="black"), "light"),
        (Look(framing="sideways"), "framing"),
    ],
)
def test_what_is_not_there_is_refused_and_all_stays(
    session: Session, look: Look, field: str
) -> None:
    before = decoded(pictures(session))[-1]
    with pytest.raises(InvalidInput) as refused:
        session.set_look(look)
    assert refused.value.field == field
    session.reset()
    after = decoded(pictures(session))[-1]
    assert np.abs(before.astype(int) - after).mean() < 2


def test_another_size_begins_with_a_keyframe(session: Session) -> None:
    first = pictures(session)
    session.set_size(128, 64)
    later = pictures(session)
    assert [unit.keyframe for unit in later[:2]] == [True, False]
    shapes = [picture.shape for picture in decoded(first + later)]
    assert shapes == [(96, 96, 3)] * len(first) + [(64, 128, 3)] * len(later)
    state = session.picture
    assert state is not None
    assert (state.width, state.height, state.changes) == (128, 64, 0)
    with pytest.raises(InvalidInput, match="width"):
        session.set_size(127, 64)


def test_the_bit_rate_follows_the_size_unless_it_was_chosen() -> None:
    for chosen in (None, 400_000):
        session = engine().session(SessionOptions(width=512, height=512, video_bitrate=chosen))
        studio = session._studio
        assert studio is not None
        before = studio.bitrate
        session.set_size(256, 256)
        wanted = before if chosen else before / 4
        assert studio.bitrate == pytest.approx(wanted, rel=0.01)
        session.close()


def test_after_a_change_of_size_the_rate_recovers_in_place() -> None:
    session = engine().session(SessionOptions(width=256, height=256))
    session.set_bitrate(120_000)
    pictures(session)
    session.set_size(320, 180)
    keys = [unit.keyframe for unit in pictures(session)]
    assert keys == [True] + [False] * 24
    for bitrate in (150_000, 180_000, session.options.bitrate * 320 * 180 // 256**2):
        session.set_bitrate(bitrate)
        assert not any(unit.keyframe for unit in pictures(session))
    session.close()


def test_a_slow_machine_gets_fewer_and_smaller_pictures_and_says_so() -> None:
    session = engine().session(SMALL, clock=Costs(0.3))
    seen: list[tuple[str, int, float]] = []
    units: list[VideoUnit] = []
    for hop in np.split(np.tile(SECOND, 10), 500):
        units += [unit for unit in session.push(hop) if isinstance(unit, VideoUnit)]
        state = session.picture
        assert state is not None
        seen.append((state.step, state.width, state.fps))
    session.close()
    steps = list(dict.fromkeys(step for step, _, _ in seen))
    assert steps == ["medium", "modest", "low", "half rate", "smaller", "smallest"]
    assert seen[-1] == ("smallest", 48, 12.5)
    assert state is not None
    assert state.changes == 5
    shapes = [picture.shape[0] for picture in decoded(units)]
    assert list(dict.fromkeys(shapes)) == [96, 64, 48]
    times = [unit.time for unit in units]
    ends = [unit.time + unit.duration for unit in units]
    assert times[1:] == ends[:-1], "however many are drawn, they tile the timeline"
    # One each for the beginning, two sizes, and the bits of two frames for one.
    assert sum(unit.keyframe for unit in units) == 4


def test_a_narrow_network_gets_fewer_pictures_and_they_say_so() -> None:
    options = SessionOptions(width=96, height=96, video_bitrate=600_000)
    session = engine().session(options, clock=Costs(0.001))
    pictures(session)
    session.set_bitrate(100_000)
    session.set_stride(2)
    fewer = [unit for _ in range(4) for unit in pictures(session)]
    state = session.picture
    assert state is not None and (state.fps, state.step, state.changes) == (12.5, "medium", 0)
    assert 49 <= len(fewer) <= 51 and not any(unit.keyframe for unit in fewer)
    ends = [unit.time + unit.duration for unit in fewer]
    assert [unit.time for unit in fewer][1:] == ends[:-1]
    session.set_stride(1)
    assert len(pictures(session)) >= 24
    session.close()


def test_pictures_left_out_turn_the_dial() -> None:
    session = engine().session(SMALL, clock=Costs(0.001))
    for _ in range(2):
        pictures(session, behind=True)
    state = session.picture
    session.close()
    assert state is not None
    assert state.step == "modest"


def test_without_a_clock_nothing_adapts() -> None:
    session = engine().session(SMALL)
    for _ in range(3):
        pictures(session, behind=True)
    state = session.picture
    session.close()
    assert state is not None
    assert (state.step, state.changes) == ("medium", 0)


def test_quality_is_chosen_by_name(session: Session) -> None:
    sharpness = []
    for name in ("low", "high"):
        session.set_quality(name)
        state = session.picture
        assert state is not None
        assert (state.quality, state.step, state.fps) == (name, name, 25)
        sharpness.append(state.supersample)
    assert sharpness[0] < sharpness[1]
    with pytest.raises(InvalidInput, match="quality"):
        session.set_quality("best")


def test_settings_do_not_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever changes, the driver holds as many objects as before; sessions share heads."""
    ledger = Ledger(monkeypatch)
    session = engine().session(SMALL)
    alone = ledger.held()
    other = engine().session(SMALL)
    assert len(gl.graphics().heads) == 1
    assert ledger.held() < 1.7 * alone
    held = []
    for odd in (0, 1) * 4:
        session.set_look(Look(set="#00ff00" if odd else "gradient"))
        session.set_size(64 + 32 * odd, 96)
        session.set_quality("low" if odd else "auto")
        held.append(ledger.held())
    assert held[2:4] == held[6:]
    session.close()
    other.close()
    assert ledger.held() == 0
    assert not gl.graphics().heads
