"""Real worker processes: opened, talked to, killed, and gone afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import psutil
import pytest
import pytest_asyncio

from engine.errors import AtCapacity, InvalidInput, WorkerLost
from engine.options import SessionOptions
from engine.runtime.weights import MANIFEST, MOTION_FILE
from engine.speech.audio import INPUT_HOP, PCM
from engine.timeline import HOP, FrameGrid
from engine.units import AudioUnit, EventUnit, MotionUnit, PhoneUnit, Unit, VideoUnit
from server.placement.local import LocalPlacement, LocalSession, WorkerProcess
from tests.conftest import ROOT
from tests.synthetic import noise, pcm, silence, syllables

pytestmark = pytest.mark.asyncio(loop_scope="module")
SMALL = SessionOptions(width=64, height=64, quality="medium", motion_units=True, phone_units=True)
VOICE: PCM = pcm(silence(0.2), syllables(0.6), noise(0.4, -70))
PATIENCE = 30.0


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


def children() -> set[int]:
    """Process ids of this process's workers that are alive."""
    return {
        child.pid
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "engine.worker" in child.cmdline()
    }


def push(session: LocalSession, sound: PCM) -> None:
    for start in range(0, len(sound), INPUT_HOP):
        session.push(sound[start : start + INPUT_HOP])


async def taken(session: LocalSession, hops: int) -> list[Unit]:
    """Units up to and with the last of so many hops of voice."""
    units: list[Unit] = []
    async with asyncio.timeout(PATIENCE):
        async for unit in session.units():
            units.append(unit)
            if isinstance(unit, AudioUnit) and unit.time == (hops - 1) * HOP:
                return units
    raise AssertionError("the units ended early")


async def spoken(session: LocalSession, sound: PCM) -> list[Unit]:
    """Units of a voice that comes no faster than it is heard."""
    units: list[Unit] = []
    for number in range(len(sound) // INPUT_HOP):
        session.push(sound[number * INPUT_HOP : (number + 1) * INPUT_HOP])
        units += await taken(session, number + 1)
    return units


async def drained(session: LocalSession) -> list[Unit]:
    async with asyncio.timeout(PATIENCE):
        return [unit async for unit in session.units()]


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


async def test_killed_workers_are_reported_and_replaced() -> None:
    before = children()
    placement = LocalPlacement(1)
    await placement.start()
    (pid,) = children() - before
    sessions = [await placement.open(SMALL) for _ in range(2)]
    os.kill(pid, signal.SIGKILL)
    for session in sessions:
        with pytest.raises(WorkerLost):
            await drained(session)
        session.push(VOICE[:INPUT_HOP])
        session.control(keyframe=True)
        await session.close()
    fresh = await placement.open(SMALL)
    assert len(await spoken(fresh, VOICE[: 3 * INPUT_HOP])) >= 3
    (successor,) = children() - before
    assert successor != pid
    await placement.close()
    assert children() == before
    with pytest.raises(WorkerLost):
        await drained(fresh)
    with pytest.raises(AtCapacity):
        await placement.open(SMALL)


async def test_a_worker_that_talks_nonsense_is_ended_and_replaced() -> None:
    before = children()
    placement = LocalPlacement(1)
    await placement.start()
    session = await placement.open(SMALL)
    worker = placement._workers[0]
    assert worker._process and worker._process.stdout
    worker._process.stdout.feed_data(b"\xff" * 64)
    with pytest.raises(WorkerLost):
        await drained(session)
    await (await placement.open(SMALL)).close()
    assert len(children() - before) == 1, "the one that lost step does not stay behind"
    await placement.close()
    assert children() == before


async def test_a_worker_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    before = children()
    placement = LocalPlacement(1)
    await placement.start()
    (pid,) = children() - before
    session = await placement.open(SMALL)
    os.kill(pid, signal.SIGSTOP)
    with monkeypatch.context() as hasty:
        hasty.setattr("server.placement.local._OPEN_S", 0.1)
        with pytest.raises(WorkerLost, match="did not open"):
            await placement.open(SMALL)
    with pytest.raises(WorkerLost):
        await drained(session)
    await (await placement.open(SMALL)).close()
    (successor,) = children() - before
    assert successor != pid
    await placement.close()


async def test_a_worker_that_cannot_be_replaced_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placement = LocalPlacement(2)
    await placement.start()
    lost, kept = [await placement.open(SMALL) for _ in range(2)]

    async def fail(worker: WorkerProcess) -> None:
        raise WorkerLost("no memory")

    monkeypatch.setattr(WorkerProcess, "start", fail)
    for session in (lost, kept):
        session._worker.kill()
        with pytest.raises(WorkerLost):
            await drained(session)
        if session is lost:
            await (await placement.open(SMALL)).close()
    with pytest.raises(WorkerLost, match="no worker can be started"):
        await placement.open(SMALL)
    await placement.close()


async def test_sessions_go_to_the_worker_with_the_fewest() -> None:
    placement = LocalPlacement(2)
    await placement.start()
    sessions = [await placement.open(SMALL) for _ in range(4)]
    assert [len(worker.sessions) for worker in placement._workers] == [2, 2]
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
        assert worker.stdout.read(4) == b"\0\0\0\x07", "READY"
        worker.send_signal(signal.SIGINT)  # Ctrl-C reaches the whole group; the server decides
        worker.stdin.close()
        assert worker.wait(PATIENCE) == 0
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()
