"""Train both networks from nothing: ``python -m models.train --minutes 110``.

1. speech: synthesised, with exact phone times, and recorded, as far as this machine has it
2. a first phoneme network on that
3. the recordings' phones aligned again by it
4. the phoneme network, from the first one, on the better labels
5. the motion network on what that one hears
6. export and evaluation

Every result stays in the cache, and a step whose result is there is skipped; training itself
resumes from its last checkpoint. What this machine lacks (a synthesiser, the recordings) is named
and done without.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from engine.runtime.weights import WEIGHTS, Description
from engine.speech.phonemes import PhonemeModel
from models import export_motion, prepare_motion, speech_data, train_motion
from models.align import realign
from models.export import export, load_checkpoint, save_checkpoint
from models.manifest import NAME
from models.net import PhonemeNet
from models.prepare import SYNTHESISED_HOURS, prepare
from models.train_phonemes import train

VERSION = "2.0"
FIRST_SHARE, SECOND_SHARE, MOTION_SHARE = 0.25, 0.6, 0.15
"""How the time for training is divided."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Train the networks again.")
    parser.add_argument("--minutes", type=float, default=110, help="training time (default 110)")
    parser.add_argument("--hours", type=float, default=SYNTHESISED_HOURS, help="speech to make")
    parser.add_argument("--cache", type=Path, default=Path("build/train"), help="working folder")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where the result goes")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    options.cache.mkdir(parents=True, exist_ok=True)
    _phonemes(options.cache, options.hours, options.minutes, options.weights)
    _motion(options.cache, options.hours, options.minutes * MOTION_SHARE, options.weights)
    _evaluate(options.weights)


def _phonemes(cache: Path, hours: float, minutes: float, weights: Path) -> None:
    checkpoint = cache / "phonemes.pt"
    if checkpoint.exists():
        _say(f"{checkpoint} is there: not trained again")
    else:
        first = _first(cache, hours, minutes * FIRST_SHARE)
        aligned = _aligned(cache)
        sources = prepare(cache, hours, _say, aligned)
        save_checkpoint(train(sources, minutes * SECOND_SHARE, cache, _say, first), checkpoint)
    export(load_checkpoint(checkpoint), VERSION, weights)


def _first(cache: Path, hours: float, minutes: float) -> PhonemeNet:
    """The network that aligns; its weights are kept in ``cache/first``."""
    checkpoint = cache / "first.pt"
    if not checkpoint.exists():
        save_checkpoint(train(prepare(cache, hours, _say), minutes, cache, _say), checkpoint)
        export(load_checkpoint(checkpoint), "first", cache / "first")
    return load_checkpoint(checkpoint)


def _aligned(cache: Path) -> Path | None:
    first = cache / "first"
    try:
        sha256 = Description.read(first, NAME).values["sha256"]
        return realign(PhonemeModel.load(first), sha256, speech_data.SPEECH, cache, _say)
    except FileNotFoundError as missing:
        _say(f"not aligned again: {missing.filename} is not there")
        return None


def _motion(cache: Path, hours: float, minutes: float, weights: Path) -> None:
    sha256 = Description.read(weights, NAME).values["sha256"]
    checkpoint = cache / f"motion-{sha256[:12]}.pt"
    if checkpoint.exists():
        _say(f"{checkpoint} is there: not trained again")
    else:
        phonemes = load_checkpoint(cache / "phonemes.pt")
        sources = prepare_motion.prepare(phonemes, sha256, cache, hours, _say)
        net = train_motion.train(sources, minutes, cache, _say)
        save_checkpoint(net, checkpoint)
    export_motion.export(export_motion.load_checkpoint(checkpoint), VERSION, weights)


def _evaluate(weights: Path) -> None:
    from models.evaluate import evaluate_and_record

    try:
        evaluate_and_record(weights)
    except FileNotFoundError as missing:
        _say(f"not evaluated: {missing.filename} is not there")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
