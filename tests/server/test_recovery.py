"""Workers that die, hang or grow while somebody talks: the session goes on in the next."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from engine.errors import AtCapacity, WorkerLost
from engine.speech.audio import INPUT_HOP
from engine.timeline import HOP
from engine.units import AudioUnit, Unit, VideoUnit
from server.placement.hosted import RESUMES, LocalSession
from server.placement.local import LocalPlacement
from server.placement.process import HUNG_AFTER, WorkerProcess
from tests.server.hosting import PATIENCE, SMALL, VOICE, children, drained, spoken


def voice_of(units: list[Unit]) -> list[int]:
    return [unit.time for unit in units if isinstance(unit, AudioUnit)]


async def resumed(session: LocalSession, after: int) -> list[Unit]:
    """Units, until there is a picture of a later media time; the voice goes on meanwhile."""
    units: list[Unit] = []

    async def talk() -> None:
        while True:
            session.push(VOICE[:INPUT_HOP])
            await asyncio.sleep(0.02)

    talking = asyncio.create_task(talk())
    try:
        async with asyncio.timeout(PATIENCE):
            async for unit in session.units():
                units.append(unit)
                if isinstance(unit, VideoUnit) and unit.time > after:
                    return units
    finally:
        talking.cancel()
    raise AssertionError("the units ended early")


def pid_of(worker: WorkerProcess) -> int:
    assert worker._process
    return worker._process.pid


async def hosted_elsewhere(placement: LocalPlacement, session: LocalSession, pid: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while not (isinstance(session._worker, WorkerProcess) and session._live) or (
            pid_of(session._worker) == pid
        ):
            await asyncio.sleep(0.02)


async def test_a_session_outlives_its_worker_and_others_notice_nothing() -> None:
    before = children()
    placement = LocalPlacement(2)
    await placement.start()
    lost, other = [await placement.open(SMALL) for _ in range(2)]
    doomed = next(w for w in placement._workers if lost in w.sessions.values())
    spared = next(w for w in placement._workers if other in w.sessions.values())
    units = await spoken(lost, VOICE[: 10 * INPUT_HOP])
    lost.control(width=48, height=96, articulation=0.5, set="nowhere")
    units += await resumed(lost, voice_of(units)[-1])
    heard, dead = voice_of(units)[-1], pid_of(doomed)
    os.kill(dead, signal.SIGKILL)
    assert voice_of(await spoken(other, VOICE[: 20 * INPUT_HOP])) == [k * HOP for k in range(20)]
    await hosted_elsewhere(placement, lost, dead)
    units += await resumed(lost, heard + 16_000 // 25)
    later = [time for time in voice_of(units) if time > heard]
    assert voice_of(units) == sorted(set(voice_of(units))), "media time never goes back"
    assert later and all(time % HOP == 0 for time in later)
    pictures = [u for u in units if isinstance(u, VideoUnit) and u.time > heard]
    assert any(u.keyframe for u in pictures) and all(u.time % 640 == 0 for u in pictures)
    options = lost._kept.options
    assert (options.width, options.articulation, options.set) == (48, 0.5, "gradient")
    assert placement.report().resumed == 1
    assert placement.report().restarts == {"ended": 1, "hung": 0, "memory": 0}
    assert spared in placement._workers and spared.alive
    await placement.close()
    assert children() == before
    with pytest.raises(WorkerLost):
        await drained(other)
    with pytest.raises(AtCapacity):
        await placement.open(SMALL)


async def test_a_worker_that_hangs_is_ended_and_its_session_goes_on() -> None:
    placement = LocalPlacement(1)
    await placement.start()
    session = await placement.open(SMALL)
    units = await spoken(session, VOICE[: 5 * INPUT_HOP])
    pid = pid_of(placement._workers[0])
    os.kill(pid, signal.SIGSTOP)
    for _ in range(HUNG_AFTER + 1):
        await placement.watch()
    await hosted_elsewhere(placement, session, pid)
    units += await resumed(session, voice_of(units)[-1])
    assert voice_of(units) == sorted(set(voice_of(units)))
    assert placement.report().restarts["hung"] == 1
    await placement.close()


async def test_a_worker_that_answers_is_left_alone() -> None:
    placement = LocalPlacement(1)
    await placement.start()
    session = await placement.open(SMALL)
    await spoken(session, VOICE[: 10 * INPUT_HOP])
    worker = placement._workers[0]
    async with asyncio.timeout(PATIENCE):
        for _ in range(3 * HUNG_AFTER):
            await placement.watch()
            while worker._unanswered:
                await asyncio.sleep(0.01)
    assert worker.alive and placement._workers == [worker]
    report = placement.report()
    assert {"motion", "render", "encode"} <= set(report.stages.counts)
    assert report.cpu_s > 0 and report.memory > 50 << 20
    await placement.close()


async def test_a_worker_that_grows_is_replaced_and_its_session_goes_on() -> None:
    before = children()
    placement = LocalPlacement(1, memory=64 << 20)
    await placement.start()
    session = await placement.open(SMALL)
    units = await spoken(session, VOICE[: 5 * INPUT_HOP])
    pid = pid_of(placement._workers[0])
    async with asyncio.timeout(PATIENCE):
        while not placement.report().restarts["memory"]:
            await placement.watch()
            await asyncio.sleep(0.01)
    await hosted_elsewhere(placement, session, pid)
    units += await resumed(session, voice_of(units)[-1])
    assert voice_of(units) == sorted(set(voice_of(units)))
    for _ in range(10):
        await placement.watch()
    assert placement.report().restarts["memory"] == 1, "not again at once"
    await placement.close()
    assert children() == before


async def test_a_session_that_ends_every_worker_is_given_up() -> None:
    placement = LocalPlacement(1)
    await placement.start()
    session = await placement.open(SMALL)
    for _ in range(RESUMES):
        assert session.may_resume()
    os.kill(pid_of(placement._workers[0]), signal.SIGKILL)
    with pytest.raises(WorkerLost):
        await drained(session)
    session.push(VOICE[:INPUT_HOP])
    session.control(keyframe=True)
    await session.close()
    assert len(await spoken(await placement.open(SMALL), VOICE[: 3 * INPUT_HOP])) >= 3
    await placement.close()


async def test_a_worker_that_talks_nonsense_is_ended_and_replaced() -> None:
    before = children()
    placement = LocalPlacement(1)
    await placement.start()
    session = await placement.open(SMALL)
    worker = placement._workers[0]
    pid = pid_of(worker)
    assert worker._process and worker._process.stdout
    worker._process.stdout.feed_data(b"\xff" * 64)
    await hosted_elsewhere(placement, session, pid)
    assert len(children() - before) == 1, "the one that lost step does not stay behind"
    await placement.close()
    assert children() == before


async def test_a_worker_that_opens_nothing_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
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
    await hosted_elsewhere(placement, session, pid)
    (successor,) = children() - before
    assert successor != pid
    await placement.close()


async def test_a_worker_that_cannot_be_replaced_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placement = LocalPlacement(2)
    await placement.start()
    first, second = [await placement.open(SMALL) for _ in range(2)]

    async def fail(worker: WorkerProcess) -> None:
        raise WorkerLost("no memory")

    monkeypatch.setattr(WorkerProcess, "start", fail)
    doomed, spared = placement._workers
    doomed.kill()
    async with asyncio.timeout(PATIENCE):
        while len(spared.sessions) < 2:
            await asyncio.sleep(0.02)
    await (await placement.open(SMALL)).close()
    spared.kill()
    for session in (first, second):
        with pytest.raises(WorkerLost, match="no worker can be started"):
            await drained(session)
    with pytest.raises(WorkerLost, match="no worker can be started"):
        await placement.open(SMALL)
    await placement.close()
