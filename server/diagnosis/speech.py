"""A spoken syllable pair, /sipa/, made by formula: what goes through the chain to try it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import AssetError
from server.config import WEB_DIR
from server.ingest import BLOCK, INPUT_RATE

Pcm = NDArray[np.int16]

FILE = WEB_DIR / "syllable.wav"
"""16 kHz, mono, 16 bit; the page says it as well."""

PAUSE = 0.6
"""Seconds of quiet before and after each, from which its beginning can be told."""


def spoken(path: Path = FILE) -> Pcm:
    """/sipa/ once, mono at 48 kHz; AssetError where the file is missing or another."""
    try:
        with wave.open(str(path), "rb") as file:
            kind = file.getframerate(), file.getnchannels(), file.getsampwidth()
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    except (OSError, EOFError, wave.Error) as error:
        raise AssetError("syllable", path.name, f"install Visavis anew ({error})") from error
    if kind != (16_000, 1, 2):
        raise AssetError("syllable", f"{path.name}: {kind}", "install Visavis anew")
    times = np.arange(3 * len(samples)) / 3
    pcm: Pcm = np.interp(times, np.arange(len(samples)), samples).astype(np.int16)
    return pcm


def phrase(times: int = 1) -> Pcm:
    """Quiet, /sipa/, quiet, so many times; whole blocks of 20 ms at 48 kHz."""
    quiet = np.zeros(round(PAUSE * INPUT_RATE), np.int16)
    parts = [part for _ in range(times) for part in (quiet, spoken())]
    pcm = np.concatenate([*parts, quiet])
    return pcm[: len(pcm) // BLOCK * BLOCK]


def loudness(pcm: NDArray[np.generic]) -> float:
    """Root mean square, of 1."""
    return float(np.sqrt(np.mean((pcm.astype(float) / 32768) ** 2))) if pcm.size else 0.0
