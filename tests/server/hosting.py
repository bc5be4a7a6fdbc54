"""What the tests of real worker processes share: a voice, and how to take what comes of it."""

from __future__ import annotations

import asyncio

import psutil

from engine.options import SessionOptions
from engine.speech.audio import INPUT_HOP, PCM
from engine.timeline import HOP
from engine.units import AudioUnit, Unit
from server.placement.hosted import LocalSession
from tests.synthetic import noise, pcm, silence, syllables

SMALL = SessionOptions(width=64, height=64, quality="medium", motion_units=True, phone_units=True)
VOICE: PCM = pcm(silence(0.2), syllables(0.6), noise(0.4, -70))
PATIENCE = 30.0


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
