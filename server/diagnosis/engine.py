"""The links inside the server: packets, hearing, moving, drawing, encoding, without any network."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from aiortc.rtp import RtpPacket

from engine.encode.opus import OpusEncoder
from engine.errors import VisavisError
from engine.face import ARKIT
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.session import Session
from engine.stopwatch import Stopwatch
from engine.units import EventUnit, Unit, VideoUnit
from server.diagnosis.links import Link, failed, ok, skipped
from server.diagnosis.speech import Pcm, loudness, phrase
from server.ingest import BLOCK
from server.rtc.microphone import Microphone

NAMES = ("microphone packets", "voice activity", "networks", "renderer", "video encoder")
HOP_MS = 20.0
JAW = ARKIT.index("jawOpen")

MOVES = 0.05
"""So much must the jaw move, of 1, to be seen."""


def examine(options: SessionOptions, models: Path | None, avatars: Path | None) -> list[Link]:
    """Say /sipa/ into an engine of this process; one finding for each of ``NAMES``."""
    try:
        pcm = phrase()
        heard = _packets(pcm)
    except VisavisError as error:
        return [_broken(NAMES[0], error), *_untried(NAMES[1:], NAMES[0])]
    try:
        engine = Engine.load(models, avatars)
        session = engine.session(options, sink="motion")
    except VisavisError as error:
        return [heard, _broken(NAMES[2], error), *_untried((NAMES[1], *NAMES[3:]), NAMES[2])]
    return [heard, *_hearing(session, pcm), *_showing(engine, options, pcm)]


def _packets(pcm: Pcm) -> Link:
    """Opus packets as a browser's, through the way in of every microphone."""
    came: list[Pcm] = []
    now = 0.0
    microphone = Microphone(came.append, lambda: now)
    encoder = OpusEncoder(32_000)
    spent = 0.0
    for index in range(len(pcm) // BLOCK):
        payload = encoder.encode(pcm[index * BLOCK : (index + 1) * BLOCK])
        packet = RtpPacket(111, 0, index, index * BLOCK, 1, payload)
        begun = time.perf_counter()
        microphone.receive(packet)
        spent += time.perf_counter() - begun
        now += HOP_MS / 1000
    out = np.concatenate(came) if came else np.zeros(0, np.int16)
    level, wanted = loudness(out), loudness(pcm)
    if not 0.5 < level / wanted < 2 or microphone.damaged:
        found = f"{len(out)} of {len(pcm)} samples, level {level:.3f} instead of {wanted:.3f}"
        return failed(NAMES[0], found, "run: pip install -U 'av>=17'")
    each = 1000 * spent / max(1, len(pcm) // BLOCK)
    return ok(NAMES[0], f"{len(pcm) // BLOCK} Opus packets decoded, each in {each:.2f} ms", each)


def _hearing(session: Session, pcm: Pcm) -> list[Link]:
    begun = time.perf_counter()
    units = session.push(pcm) + session.flush()
    each = 1000 * (time.perf_counter() - begun) / (len(pcm) / BLOCK)
    starts = [u for u in units if isinstance(u, EventUnit) and u.kind == "speech_start"]
    jaw = np.array([pose.blendshapes[JAW] for pose in session.curves()])
    moved = float(jaw.max() - jaw.min()) if len(jaw) else 0.0
    session.close()
    return [
        ok(NAMES[1], f"speech heard {starts[0].time / 16_000:.2f} s into the test, at its start")
        if starts
        else failed(NAMES[1], "a spoken /sipa/ was not taken for speech", "run: make setup"),
        _fast_enough(NAMES[2], f"the jaw moves by {moved:.2f}", each)
        if moved > MOVES
        else failed(NAMES[2], f"the jaw moves by {moved:.2f} only", "run: make setup"),
    ]


def _fast_enough(name: str, found: str, each: float) -> Link:
    told = f"{found}; {each:.1f} ms for 20 ms of voice"
    if each < HOP_MS:
        return ok(name, told, each)
    return failed(name, told, "this machine is too slow, or busy: end other programs")


def _showing(engine: Engine, options: SessionOptions, pcm: Pcm) -> list[Link]:
    watch = Stopwatch(time.perf_counter)
    try:
        session = engine.session(options, stopwatch=watch)
    except VisavisError as error:
        return [_broken(NAMES[3], error), *_untried(NAMES[4:], NAMES[3])]
    try:
        units: list[Unit] = session.push(pcm)
    except VisavisError as error:
        return [_broken(NAMES[3], error), *_untried(NAMES[4:], NAMES[3])]
    finally:
        session.close()
    pictures = [unit for unit in units if isinstance(unit, VideoUnit)]
    return [
        _stage(NAMES[3], watch, "render", len(pictures), options, "pictures drawn"),
        _stage(NAMES[4], watch, "encode", len(pictures), options, f"{options.video_codec} pictures")
        if pictures and pictures[0].keyframe
        else failed(NAMES[4], f"{len(pictures)} pictures, none to begin with", "run: make setup"),
    ]


def _stage(
    name: str, watch: Stopwatch, stage: str, count: int, options: SessionOptions, what: str
) -> Link:
    seconds = watch.seconds.get(stage, [])
    each = 1000 * float(np.median(seconds)) if seconds else 0.0
    told = f"{count} {what}, {options.width}x{options.height}, each in {each:.1f} ms"
    if not count:
        return failed(name, "no picture came", "run: visavis render FILE OUT.mp4, which says more")
    patience = 3 if options.quality == "auto" else 1  # it draws more coarsely where it must
    if each > patience * 1000 / options.fps:
        remedy = "too slow for live pictures: --quality low, or end other programs"
        return failed(name, told, remedy)
    return ok(name, told, each)


def _broken(name: str, error: VisavisError) -> Link:
    return failed(name, str(error), getattr(error, "remedy", "") or "run: make setup")


def _untried(names: tuple[str, ...], cause: str) -> list[Link]:
    return [skipped(name, f"needs: {cause}") for name in names]
