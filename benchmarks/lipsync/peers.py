"""Other lip-sync on the same clips: npm packages, run by small drivers in Node.

Their mouth shapes become the same three lips by fixed tables: Rhubarb's nine shapes and the fifteen
Oculus visemes say what each looks like, and a player shows just that.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.lipsync.clips import Clip
from benchmarks.lipsync.measures import RATE, Lips
from benchmarks.report import ROOT
from engine.errors import BackendUnavailable

PACKAGES = {"rhubarb-lip-sync-wasm": "0.1.8", "@met4citizen/headaudio": "0.1.0"}
CACHE = ROOT / "build" / "peers"
DRIVERS = Path(__file__).with_name("drivers")

VISEMES = ("aa", "E", "I", "O", "U", "PP", "SS", "TH", "DD", "FF", "kk", "nn", "RR", "CH", "sil")
_FULL_VISEME = 0.65
"""What HeadAudio lets most visemes rise to (0.75 for PP and FF): here that is the full shape."""

_VISEME_LIPS: dict[str, dict[str, float]] = {
    "aperture": {
        **{"sil": 0, "PP": 0, "FF": 0.12, "TH": 0.25, "DD": 0.25, "kk": 0.3, "CH": 0.2},
        **{"SS": 0.15, "nn": 0.25, "RR": 0.25, "aa": 1, "E": 0.6, "I": 0.4, "O": 0.7, "U": 0.35},
    },
    "rounding": {"U": 1, "O": 0.75, "CH": 0.3, "RR": 0.2},
    "labiodental": {"FF": 1},
}
_RHUBARB_LIPS: dict[str, dict[str, float]] = {
    "aperture": {
        **{"A": 0, "B": 0.2, "C": 0.6, "D": 1, "E": 0.5, "F": 0.2, "G": 0.12, "H": 0.7, "X": 0}
    },
    "rounding": {"E": 0.5, "F": 1},
    "labiodental": {"G": 1},
}
_REST = "X"
_DONE = "done"

Say = Callable[[str], None]


def install(cache: Path = CACHE) -> Path:
    """The folder of the packages, fetched once; BackendUnavailable without npm or network."""
    modules = cache / "node_modules"
    if all(_version(modules / name) == version for name, version in PACKAGES.items()):
        return modules
    npm = _program("npm")
    cache.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
    options = ["--prefix", str(cache), "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        [npm, "install", *options, *wanted], capture_output=True, text=True, check=False
    )
    if done.returncode:
        packages = " and ".join(wanted)
        reason = f"npm cannot install {packages}"
        raise BackendUnavailable("--peers", reason, f"npm said: {_error(done.stderr)}")
    return modules


@dataclass(frozen=True)
class Peer:
    """One way to run a package: its driver and the driver's mode."""

    name: str
    hears: str
    is_live: bool
    package: str
    driver: str
    mode: str
    sound: Callable[[Clip], bytes]
    lips: Callable[[bytes, int], Lips]

    def speak(self, packages: Path, clips: Sequence[Clip], say: Say) -> dict[str, Lips]:
        """The lips of each clip by its name; BackendUnavailable if Node or the package fails."""
        answers = self._answers(packages, clips, say)
        return {clip.name: self.lips(answers[clip.name], clip.length) for clip in clips}

    def _answers(self, packages: Path, clips: Sequence[Clip], say: Say) -> dict[str, bytes]:
        """What the driver says of each clip. It is kept: Rhubarb takes longer than the clip."""
        folder = packages.parent / "answers"
        folder.mkdir(exist_ok=True)
        paths = {clip.name: folder / f"{self._key(clip)}.answer" for clip in clips}
        todo = [clip for clip in clips if not paths[clip.name].exists()]
        with tempfile.TemporaryDirectory() as name:
            tasks = []
            for number, clip in enumerate(todo):
                sound = Path(name) / f"{number}.pcm"
                sound.write_bytes(self.sound(clip))
                answer = str(paths[clip.name])
                tasks.append({"sound": str(sound), "words": clip.words, "answer": answer})
            listed = Path(name) / "tasks.json"
            listed.write_text(json.dumps(tasks))
            for done, _ in enumerate(self._run(packages, listed) if todo else ()):
                say(f"{self.name}, {done + 1} of {len(todo)} clips")
        return {name: path.read_bytes() for name, path in paths.items()}

    def _run(self, packages: Path, tasks: Path) -> Iterator[None]:
        """Run the driver; yields after each task."""
        command = [_program("node"), str(DRIVERS / self.driver), str(packages), str(tasks)]
        with tempfile.TemporaryFile("w+") as errors:
            with subprocess.Popen(
                [*command, self.mode], stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process:
                assert process.stdout
                for line in process.stdout:
                    if line.strip() == _DONE:
                        yield
            if process.returncode:
                errors.seek(0)
                reason = f"its driver {self.driver} failed"
                raise BackendUnavailable(
                    self.package, reason, f"node said: {_error(errors.read())}"
                )

    def _key(self, clip: Clip) -> str:
        """Names what the answer depends on."""
        about = [self.package, PACKAGES[self.package], self.mode, clip.words]
        driver = (DRIVERS / self.driver).read_bytes()
        content = json.dumps(about).encode() + driver + clip.samples.tobytes()
        return hashlib.sha256(content).hexdigest()[:24]


def of_cues(cues: Sequence[Mapping[str, Any]], length: int) -> Lips:
    """(length,) lips of Rhubarb's cues; a shape holds until the next one starts."""
    times = np.arange(length) / RATE
    shapes = np.full(length, _REST)
    for cue in sorted(cues, key=lambda cue: float(cue["start"])):
        shapes[times >= cue["start"] - 1e-9] = cue["value"]
    return {
        name: np.array([values.get(shape, 0) for shape in shapes], np.float32)
        for name, values in _RHUBARB_LIPS.items()
    }


def of_visemes(weights: NDArray[np.floating]) -> Lips:
    """(T,) lips of (T, 15) viseme weights as HeadAudio gives them, in the order of VISEMES."""
    shares = weights / _FULL_VISEME
    lips = {}
    for name, values in _VISEME_LIPS.items():
        each = np.array([values.get(viseme, 0) for viseme in VISEMES])
        lips[name] = np.clip(shares @ each, 0, 1).astype(np.float32)
    return lips


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        remedy = "install Node.js 18 or later, which brings it"
        raise BackendUnavailable("--peers", f"{name} is not installed", remedy)
    return found


def _version(package: Path) -> str | None:
    try:
        return str(json.loads((package / "package.json").read_text())["version"])
    except FileNotFoundError:
        return None


def _error(told: str) -> str:
    """The line that names the error, or the first one."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    named = [line for line in lines if "rror" in line]
    return (named or lines or ["nothing"])[0]


def _as_int16(clip: Clip) -> bytes:
    return clip.samples.tobytes()


def _as_float32(clip: Clip) -> bytes:
    return (clip.pcm.astype(np.float32) / 32768).tobytes()


def _cues(answer: bytes, length: int) -> Lips:
    return of_cues(json.loads(answer), length)


def _visemes(answer: bytes, length: int) -> Lips:
    return of_visemes(np.frombuffer(answer, np.float32).reshape(-1, len(VISEMES))[:length])


_RHUBARB = ("rhubarb-lip-sync-wasm", "rhubarb.mjs")
_HEADAUDIO = ("@met4citizen/headaudio", "headaudio.mjs")
PEERS = (
    Peer("Rhubarb", "the whole file", False, *_RHUBARB, "sound", _as_int16, _cues),
    Peer("Rhubarb, told the words", "the whole file", False, *_RHUBARB, "words", _as_int16, _cues),
    Peer("HeadAudio", "the past", True, *_HEADAUDIO, "asis", _as_float32, _visemes),
    Peer("HeadAudio, /aa/ mended", "the past", True, *_HEADAUDIO, "mended", _as_float32, _visemes),
)
"""Rhubarb's phonetic recogniser is not in its package, so its speech recogniser is what runs."""
