"""Real worker processes: opened, talked to, killed, and gone afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from engine.channel import Kind, Unpacker
from engine.errors import InvalidInput, WorkerLost
from engine.options import SessionOptions
from engine.runtime.weights import MANIFEST, MOTION_FILE
from engine.speech.audio import INPUT_HOP
from engine.timeline import HOP, FrameGrid
from engine.units import AudioUnit, EventUnit, MotionUnit, PhoneUnit, Unit, VideoUnit
from server.placement.base import MOST_SESSIONS
from server.placement.local import LocalPlacement, rasterising
from server.placement.usage import available_cores
from tests.conftest import ROOT
from tests.server.hosting import PATIENCE, SMALL, VOICE, children, drained, push, spoken, taken

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def placement(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalPlacement]:
    """One worker for all tests of this file that leave it alive."""
    models = tmp_path_factory.mktemp("models")
    (models / "anna").mkdir()
    for name in (MANIFEST, MOTION_FILE):
        (models / "anna" / name).touch()
    local = LocalPlacement(1, models=models)
    await local.start()
    yield local
    await local.close()


async def test_a_voice_comes_back_with_a_face(placement: LocalPlacement) -> None:
    session = await placement.open(SMALL)
    assert [delay.stage for delay in session.delays][:2] == ["resampling", "look-ahead"]
    assert session.delays[1].samples == 960
    units = await spoken(session, VOICE)
    await session.close()
    units += await drained(session)
    assert [u.time for u in units if isinstance(u, AudioUnit)] == list(range(0, 60 * HOP, HOP))
    pictures = [unit for unit in units if isinstance(unit, VideoUnit)]
    assert [unit.time for unit in pictures] == [
        FrameGrid(25).start(k) for k in range(len(pictures))
    ]
    assert len(pictures) >= 26
    assert pictures[0].keyframe
    events = [u.kind for u in units if isinstance(u, EventUnit) and u.kind.startswith("speech")]
    assert events == ["speech_start", "speech_end"] * (len(events) // 2) != []
    assert sum(isinstance(unit, MotionUnit) for unit in units) >= 50
    assert [unit.phone for unit in units if isinstance(unit, PhoneUnit)][-1:] == ["SIL"]
    assert (session.dropped_pcm, session.dropped_units) == (0, 0)


async def test_a_keyframe_comes_on_request(placement: LocalPlacement) -> None:
    session = await placement.open(SMALL)
    await spoken(session, VOICE[: 15 * INPUT_HOP])
    session.control(keyframe=True, bitrate=300_000)
    units: list[Unit] = []
    for number in range(15, 19):
        push(session, VOICE[:INPUT_HOP])
        units += await taken(session, number + 1)
    await session.close()
    assert any(unit.keyframe for unit in units if isinstance(unit, VideoUnit))


async def test_look_and_size_change_in_the_worker(placement: LocalPlacement) -> None:
    session = await placement.open(SMALL)
    units = await spoken(session, VOICE[: 10 * INPUT_HOP])
    session.control(set="nowhere")
    session.control(avatar="default", set="transparent", framing="close", width=48, height=96)
    told: list[EventUnit] = []
    for number in range(10, 60):
        push(session, VOICE[:INPUT_HOP])
        units += await taken(session, number + 1)
        told = [unit for unit in units if isinstance(unit, EventUnit) and unit.kind == "look"]
        if len(told) == 2:
            break
    for more in range(number + 1, number + 5):
        push(session, VOICE[:INPUT_HOP])
        units += await taken(session, more + 1)
    (refused,) = [u for u in units if isinstance(u, EventUnit) and u.kind == "refused"]
    assert refused.data["field"] == "set" and "transparent" in str(refused.data["remedy"])
    assert (told[0].data["width"], told[0].data["set"]) == (48, "gradient"), "a size is quicker"
    assert (told[1].data["height"], told[1].data["set"]) == (96, "transparent")
    await session.close()
    pictures = [unit for unit in units if isinstance(unit, VideoUnit)]
    assert sum(unit.keyframe for unit in pictures) == 2, "one for each size"


async def test_a_look_that_is_not_there_is_refused(placement: LocalPlacement) -> None:
    with pytest.raises(InvalidInput, match=r"avatar: 'elvis' .* use one of nora"):
        await placement.open(SessionOptions(avatar="elvis"))


async def test_two_sessions_do_not_mix(placement: LocalPlacement) -> None:
    one, other = [await placement.open(SMALL) for _ in range(2)]
    push(one, VOICE[: 10 * INPUT_HOP])
    push(other, VOICE[: 5 * INPUT_HOP])
    assert len([u for u in await taken(one, 10) if isinstance(u, AudioUnit)]) == 10
    assert len([u for u in await taken(other, 5) if isinstance(u, AudioUnit)]) == 5
    await one.close()
    push(other, VOICE[: 3 * INPUT_HOP])
    await taken(other, 8)
    await other.close()


async def test_bad_options_are_refused_and_leave_nothing(placement: LocalPlacement) -> None:
    options: Any = SessionOptions()
    object.__setattr__(options, "fps", 24)
    with pytest.raises(InvalidInput, match=r"fps: 24 .*25 or 30"):
        await placement.open(options)
    assert placement._workers[0].sessions == {}


async def test_a_motion_model_is_looked_for_where_the_placement_was_told(
    placement: LocalPlacement,
) -> None:
    with pytest.raises(InvalidInput, match="use one of default, anna"):
        await placement.open(SessionOptions(width=64, height=64, motion_model="nobody"))


async def test_articulation_and_units_are_changed_in_the_worker(placement: LocalPlacement) -> None:
    session = await placement.open(SMALL)
    session.control(articulation=0.2, motion_units=False)
    units = await spoken(session, VOICE)
    assert not any(isinstance(unit, MotionUnit) for unit in units)
    assert any(isinstance(unit, PhoneUnit) for unit in units)
    await session.close()


async def test_closing_ends_the_units_and_may_be_done_twice(placement: LocalPlacement) -> None:
    session = await placement.open(SMALL)
    waiting = asyncio.create_task(drained(session))
    await asyncio.sleep(0)
    await session.close()
    await session.close()
    assert await waiting == []
    session.push(VOICE[:INPUT_HOP])
    session.control(keyframe=True)
    assert session.dropped_pcm == 1


async def test_a_session_that_fails_tells_its_taker_only(placement: LocalPlacement) -> None:
    bad, good = [await placement.open(SMALL) for _ in range(2)]
    bad.control(bitrate="much")  # type: ignore[arg-type]
    with pytest.raises(WorkerLost, match="ValueError"):
        await drained(bad)
    assert len(await spoken(good, VOICE[: 3 * INPUT_HOP])) >= 3
    await bad.close()
    await good.close()


async def test_what_comes_too_fast_is_dropped_and_counted(placement: LocalPlacement) -> None:
    session = await placement.open(SMALL)
    hops = 500
    push(session, np.resize(VOICE, hops * INPUT_HOP))
    heard = dropped = skipped = 0
    async with asyncio.timeout(PATIENCE):
        async for unit in session.units():
            heard += isinstance(unit, AudioUnit)
            if isinstance(unit, EventUnit) and unit.kind == "stats":
                dropped += int(unit.data["dropped_hops"])
                skipped = int(unit.data["skipped_frames"])
            if heard + dropped + session.dropped_pcm == hops:
                break
    await session.close()
    assert session.dropped_pcm > 0, "the pipe holds so much and no more"
    assert skipped > 0
    assert heard >= 100


async def test_units_that_nobody_takes_are_dropped_and_counted(placement: LocalPlacement) -> None:
    lazy, other = [await placement.open(SMALL) for _ in range(2)]
    async with asyncio.timeout(PATIENCE):
        while not lazy.dropped_units:
            push(lazy, VOICE[: 20 * INPUT_HOP])
            await asyncio.sleep(0.02)
    push(other, VOICE[:INPUT_HOP])
    assert await taken(other, 1)
    await lazy.close()
    await other.close()
    assert len(await drained(lazy)) <= 400


async def test_capacity_is_measured_in_every_worker(placement: LocalPlacement) -> None:
    assert 1 <= await placement.capacity(SMALL) <= MOST_SESSIONS
    assert await placement.capacity(SessionOptions(avatar="elvis")) == 1, "the dial's last resort"


async def test_sessions_go_to_the_worker_with_the_fewest() -> None:
    placement = LocalPlacement(2)
    await placement.start()
    sessions = [await placement.open(SMALL) for _ in range(4)]
    assert [len(worker.sessions) for worker in placement._workers] == [2, 2]
    told = rasterising(2, available_cores()) | os.environ
    for worker in placement._workers:
        environment = Path(f"/proc/{worker._process.pid}/environ").read_text().split("\0")
        for name in set(told) & {"LP_NUM_THREADS"}:
            assert f"{name}={told[name]}" in environment
    for session in sessions:
        if session._worker is placement._workers[0]:
            await session.close()
    again = await placement.open(SMALL)
    assert again._worker is placement._workers[0]
    before = children()
    await placement.close()
    assert len(before - children()) == 2


async def test_a_worker_ends_with_its_input() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "engine.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert worker.stdin and worker.stdout
        size = int.from_bytes(worker.stdout.read(4), "big")
        [ready] = Unpacker().feed(size.to_bytes(4, "big") + worker.stdout.read(size))
        assert ready.kind is Kind.READY
        assert set(ready.values["backends"]) == {"phonemes", "motion"}
        worker.send_signal(signal.SIGINT)  # Ctrl-C reaches the whole group; the server decides
        worker.stdin.close()
        assert worker.wait(PATIENCE) == 0
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()
