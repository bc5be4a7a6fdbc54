"""Teach the motion network a person's way of speaking: ``python -m models.finetune --capture DIR``.

Reads and mends the takes, keeps the end of each for an exam, learns from the rest beside what the
network could do before, and writes the result as a folder that drops in by its name.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from engine.errors import InvalidInput, VisavisError
from engine.motion.articulation import NAME
from engine.options import SessionOptions
from engine.pipeline import Engine
from engine.runtime.weights import DEFAULT, WEIGHTS, Description
from models import export_motion
from models.acoustics import rms
from models.augment import LEVEL, recorded_elsewhere
from models.capture.cleaning import Take
from models.capture.folder import Capture, load
from models.capture.report import tables
from models.corpus import Utterance
from models.lessons import Lesson, Marks, examine, lesson
from models.manifest import NAME as PHONEMES
from models.manifest import update_manifest
from models.motion_data import MotionFile, heard, inputs
from models.motion_net import MotionNet
from models.train_motion import MotionSource, train
from models.unfold import load_shipped

OUT = Path("motion-models")
MINUTES = 8.0
RENDITIONS = 2
"""Of each take beside the plain one, in other rooms: the person is learnt, not the microphone."""

REPLAY_SHARE = 0.35
REPLAY_FRAMES = 90_000
REPLAYED = ("recorded", "clatter")
"""Of what ``make train`` leaves in its cache: speech with the teacher's mouth, and sounds that
nobody says."""

MOST_LOST = 0.02
"""Area under the ROC curve of closures that may be lost, the accuracy of measuring it."""

WRONG_INPUT, FAILED = 2, 1

console = Console()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(description="Teach the motion network a person's way.")
    parser.add_argument("--capture", type=Path, required=True, help="folder of takes")
    parser.add_argument("--name", default="mine", help="of the new model (default mine)")
    parser.add_argument("--out", type=Path, default=OUT, help="where its folder goes")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="training time")
    parser.add_argument("--force", action="store_true", help="write it even if it is worse")
    parser.add_argument("--cache", type=Path, default=Path("build/train"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        run(options)
    except VisavisError as error:
        Console(stderr=True).print(f"visavis: {error}", style="red", markup=False)
        return WRONG_INPUT if isinstance(error, InvalidInput) else FAILED
    return 0


def run(options: argparse.Namespace) -> Path:
    """Everything, from the folder of takes to the folder of the model, whose path it gives."""
    target = _target(options)
    start = load_shipped(WEIGHTS)
    engine = Engine.load()
    with console.status("reading") as status:
        capture = load(options.capture, engine, lambda name: status.update(f"reading {name}"))
    _show(capture, options.capture)
    with console.status("hearing") as status:
        lessons = [lesson(take, inputs(take.samples), start) for take in capture.takes]
        before = examine(start, lessons, engine.head)
        with tempfile.TemporaryDirectory() as folder:
            sources = prepare(capture.takes, lessons, start, engine, options.cache, Path(folder))
            status.stop()
            net = train(sources, options.minutes, Path(folder), console.print, start)
    after = examine(net, lessons, engine.head)
    console.print(comparison(before, after))
    _check(before, after, options.force)
    export_motion.export(net, options.name, target)
    update_manifest(NAME, {"learnt_from": _provenance(capture, before, after)}, target)
    use = f"visavis serve --models {options.out} --motion-model {options.name}"
    console.print(f"{target}: written; hear it with:  {use}", soft_wrap=True)
    return target


def prepare(
    takes: Sequence[Take],
    lessons: Sequence[Lesson],
    start: MotionNet,
    engine: Engine,
    cache: Path,
    folder: Path,
) -> list[MotionSource]:
    """Files in ``folder``: the takes, plain and altered, and what is not to be forgotten."""
    choice = np.random.default_rng(1)
    shown = [one.shown() for one in lessons]
    for take in takes:
        plain = Utterance(take.samples, [], take.name)
        sound = plain.floats.astype(np.float64) * (LEVEL / rms(plain.floats))
        for _ in range(RENDITIONS):
            features, _ = heard(engine.phonemes, recorded_elsewhere(sound, [plain], choice))
            shown.append(lesson(take, features, start).shown())
    captured = folder / "captured.npz"
    file = MotionFile.gather(shown)
    file.save(captured)
    weight = (1 - REPLAY_SHARE) / len(file.features)
    return [MotionSource("captured", captured, weight), *_replay(cache, folder)]


def _replay(cache: Path, folder: Path) -> list[MotionSource]:
    """A part of what the network learnt first, in ``folder``, as far as it is still there."""
    sha256 = str(Description.read(WEIGHTS, PHONEMES).values["sha256"])
    kept = cache / "motion" / sha256[:12]
    paths = [path for path in (kept / f"{name}.npz" for name in REPLAYED) if path.exists()]
    if not paths:
        console.print(
            f"{cache} holds nothing of 'make train': what the network could do before is kept by "
            "its own example alone"
        )
    sources = []
    for path in paths:
        whole = MotionFile.load(path)
        frames = min(len(whole.features), REPLAY_FRAMES)
        part = MotionFile(whole.features[:frames], whole.targets[:frames], whole.starts[:1])
        part.save(folder / path.name)
        weight = REPLAY_SHARE / len(paths) / frames
        sources.append(MotionSource(path.stem, folder / path.name, weight))
    return sources


def comparison(before: Marks, after: Marks) -> Table:
    """Held-out marks of the two networks, channel by channel."""
    table = Table(
        *("channel", "r before", "r after", "RMS before", "RMS after"),
        title="held out: the end of every take, look-ahead 60 ms",
        title_justify="left",
    )
    for name, (related, error) in before.channels.items():
        now_related, now_error = after.channels[name]
        figures = (related, now_related, error, now_error)
        table.add_row(name, *(f"{figure:.3f}" for figure in figures))
    if before.closures is not None and after.closures is not None:
        table.add_section()
        table.add_row("closures (AUC)", f"{before.closures:.3f}", f"{after.closures:.3f}", "", "")
    return table


def _show(capture: Capture, folder: Path) -> None:
    for table in tables(capture):
        console.print(table)
    if not capture.takes:
        remedy = f"none of its {len(capture.refused)} takes can be used, for the reasons above"
        raise InvalidInput("capture", str(folder), remedy)


def _target(options: argparse.Namespace) -> Path:
    """Where the model goes, checked before hours are spent."""
    SessionOptions(motion_model=options.name)  # or no session could ask for it
    if options.name == DEFAULT:
        raise InvalidInput("name", options.name, "that is the product's own; give another --name")
    if not options.minutes > 0:
        raise InvalidInput("minutes", options.minutes, "give a time above 0")
    target: Path = options.out / options.name
    if target.exists() and not options.force:
        remedy = "it exists already; give another --name, or --force to replace it"
        raise InvalidInput("name", options.name, remedy)
    return target


def _check(before: Marks, after: Marks, force: bool) -> None:
    if before.closures is None or after.closures is None:
        console.print("too few /p b m/ are heard to judge closures", style="yellow")
    elif after.closures < before.closures - MOST_LOST and not force:
        remedy = (
            f"closures fell from {before.closures:.3f} to {after.closures:.3f}, so nothing was "
            "written; record takes in which the lips close, or write it anyway with --force"
        )
        raise InvalidInput("capture", "as learnt", remedy)


def _provenance(capture: Capture, before: Marks, after: Marks) -> dict[str, object]:
    """What the manifest keeps: how much was learnt from, and what came of it; no names."""
    seconds = sum(take.seconds for take in capture.takes)
    gained = {
        name: [round(before.channels[name][0], 3), round(after.channels[name][0], 3)]
        for name in before.channels
    }
    return {"takes": len(capture.takes), "seconds": round(seconds), "correlation": gained}


if __name__ == "__main__":
    sys.exit(main())
