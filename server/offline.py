"""The same engine on a file: a talking picture (MP4), its motion as curves, its phones.

Nothing waits for a clock here, so it goes as fast as the machine does; what comes out is what a
live session would have shown for the same sound.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.errors import InvalidInput
from engine.face import Floats
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.timeline import MOTION_HOP, SAMPLE_RATE
from engine.units import PhoneUnit, Unit, VideoUnit
from server.motion_out import curve_file
from server.outputs.media_file import RATE, MediaFile
from server.outputs.mp4 import Mp4Writer
from server.outputs.phone_file import Spoken, intervals
from server.outputs.provenance import Provenance

Progress = Callable[[float], None]
"""Called now and then with the seconds of sound that are done."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was made: seconds of sound, and how many pictures or motion samples."""

    seconds: float
    count: int
    damaged_packets: int


def render(
    engine: Engine,
    source: Path,
    target: Path,
    options: SessionOptions,
    *,
    overwrite: bool = False,
    progress: Progress = lambda seconds: None,
    provenance: Provenance | None = None,
) -> Done:
    """Write ``target`` (.mp4): the sound of ``source`` spoken by the avatar, signed if asked for.

    InvalidInput names IN or OUT, the file and the remedy. Whatever interrupts it, an unfinished
    file is removed and an existing one stays as it was.
    """
    check_target(source, target, ".mp4", overwrite)
    samples = pictures = 0
    with MediaFile(source) as file, replacing(target) as part:
        session = engine.session(options)
        try:
            with Mp4Writer(part, options.fps) as writer:
                for pcm in file.chunks():
                    writer.sound(pcm)
                    pictures += _write_pictures(writer, session.push(pcm))
                    samples += len(pcm)
                    progress(samples / RATE)
                pictures += _write_pictures(writer, session.flush())
        finally:
            session.close()
        if provenance is not None:
            provenance.sign(part)
    return Done(samples / RATE, pictures, file.damaged_packets)


def _write_pictures(writer: Mp4Writer, units: list[Unit]) -> int:
    pictures = [unit for unit in units if isinstance(unit, VideoUnit)]
    for unit in pictures:
        writer.picture(unit)
    return len(pictures)


def motion(
    engine: Engine,
    source: Path,
    target: Path,
    options: SessionOptions,
    *,
    overwrite: bool = False,
    progress: Progress = lambda seconds: None,
) -> Done:
    """Write ``target`` (.npz, .csv): the face's curves for the sound of ``source``, 100 per second.

    Sample k is what is on screen when audio sample k * 160 (at 16 kHz) is heard; there are
    ceil(samples / 160). See `server.motion_out.curve_file` for what a file holds. Errors as in
    :func:`render`.
    """
    check_target(source, target, curve_file.SUFFIXES, overwrite)
    poses: list[Floats] = []
    samples = 0
    with MediaFile(source) as file:
        session = engine.session(options, sink="motion")
        try:
            for pcm in file.chunks():
                session.push(pcm)
                poses.append(curve_file.rows(session.curves()))
                samples += len(pcm)
                progress(samples / RATE)
            session.flush()
            poses.append(curve_file.rows(session.curves()))
        finally:
            session.close()
        whole = -(-samples * SAMPLE_RATE // (RATE * MOTION_HOP))
        kept = np.concatenate(poses)[:whole]
    with replacing(target) as part:
        curve_file.write(part, target.suffix, kept, engine.head)
    return Done(samples / RATE, len(kept), file.damaged_packets)


def phones(
    engine: Engine,
    source: Path,
    options: SessionOptions,
    *,
    progress: Progress = lambda seconds: None,
) -> tuple[list[Spoken], Done]:
    """The phones of ``source`` from its first sample to its last, each until the next one.

    They are those that a live session with these options would have told. Errors as in
    :func:`render`.
    """
    options = replace(options, phone_units=True)
    told: list[PhoneUnit] = []
    samples = 0
    with MediaFile(source) as file:
        session = engine.session(options, sink="motion")
        try:
            for pcm in file.chunks():
                told += _phones_of(session.push(pcm))
                session.curves()
                samples += len(pcm)
                progress(samples / RATE)
            told += _phones_of(session.flush())
        finally:
            session.close()
        spoken = intervals(told, samples * SAMPLE_RATE // RATE)
    return spoken, Done(samples / RATE, len(spoken), file.damaged_packets)


def _phones_of(units: list[Unit]) -> list[PhoneUnit]:
    return [unit for unit in units if isinstance(unit, PhoneUnit)]


def check_target(source: Path, target: Path, suffixes: str, overwrite: bool) -> None:
    """Refuse, before any work is done, an OUT that cannot or should not be written.

    ``suffixes``: one that its name must end in, in any case, or several with spaces between.
    """
    remedy = None
    if target.suffix.lower() not in suffixes.lower().split():
        remedy = f"give a name that ends in {' or '.join(suffixes.split())}"
    elif not target.parent.is_dir():
        remedy = f"there is no folder {str(target.parent)!r}; create it first"
    elif target.is_dir():
        remedy = "this is a folder; give the name of a file"
    elif target.exists() and source.exists() and target.samefile(source):
        remedy = "this is IN itself; give another name"
    elif target.exists() and not overwrite:
        remedy = "it exists already; give another name, or --force to overwrite it"
    elif not os.access(target.parent, os.W_OK):
        remedy = f"you may not write in {str(target.parent)!r}; choose another folder"
    if remedy:
        raise InvalidInput("OUT", str(target), remedy)


def write_text(target: Path, text: str) -> None:
    """Write ``target`` as a whole or not at all; InvalidInput if that fails."""
    with replacing(target) as part:
        part.write_text(text, encoding="utf-8")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A file beside ``target`` that takes its place at the end, or vanishes on any error."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidInput("OUT", str(target), f"writing failed ({reason}); make room") from error
    finally:
        part.unlink(missing_ok=True)
