"""A voice to measure with: recordings where they lie beside the checkout, else made by formula."""

from __future__ import annotations

import numpy as np

from benchmarks.report import ROOT
from benchmarks.syllables import train
from engine.speech.audio import INPUT_RATE, PCM
from server.outputs.media_file import MediaFile

SPEECH = ROOT.parent / "shared" / "data" / "speech"


def voice(seconds: float) -> tuple[PCM, str]:
    """``seconds`` of 48 kHz mono int16, and what it is, in words."""
    wanted = round(seconds * INPUT_RATE)
    parts: list[PCM] = []
    for path in sorted(SPEECH.glob("*.opus")):
        with MediaFile(path) as file:
            parts += file.chunks()
        if sum(map(len, parts)) >= wanted:
            return np.concatenate(parts)[:wanted], "recorded speech"
    return train(seconds)[0], "synthetic syllables"
