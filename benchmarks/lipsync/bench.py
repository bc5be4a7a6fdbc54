"""``visavis bench lipsync``: every system, condition and language, as rows of one table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.lipsync import clips as sounds
from benchmarks.lipsync import peers
from benchmarks.lipsync.clips import Capture, Clip, Missing
from benchmarks.lipsync.conditions import conditions
from benchmarks.lipsync.measures import (
    MEASURES,
    Lips,
    capture_scores,
    evidence,
    intervals,
    scores,
    shifted,
)
from benchmarks.lipsync.systems import Visavis, constant, loudness
from benchmarks.lipsync.tables import show
from benchmarks.report import save_report
from engine.pipeline import Engine
from engine.timeline import SAMPLE_RATE

LOOK_AHEADS = (0, 20, 40, 60, 80, 120, 160)
JUDGED_MS = 60
"""The look-ahead of conditions, languages and the headline."""

VISAVIS, ENGLISH, CLEAN = "Visavis", "English", "clean"
CAPTURED = ("jaw_r", "jaw_r_at_0", "jaw_lag_ms", "rounding_r", "rounding_r_at_0", "rounding_lag_ms")
_RESAMPLES = 300
_FILE_WIDTH = 160

Row = dict[str, Any]
LipsOf = Callable[[Clip], Lips]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """What a run is asked for.

    utterances    of each held-out speaker
    look_aheads   ms; 60 is always among them
    labels        a file of models.align to take the phones from, instead of those kept for judging
    peers         whether other people's lip-sync is run as well, which takes an hour for many
    plot          a folder for pictures
    beside        utterances of each speaker that the peers get, and Visavis once more beside them
    """

    utterances: int = 8
    look_aheads: tuple[int, ...] = LOOK_AHEADS
    labels: Path | None = None
    peers: bool = False
    plot: Path | None = None
    beside: int = 2


def main(settings: Settings, json_path: Path | None = None) -> list[Row]:
    """Measure, print the tables, write JSON if asked; returns the rows.

    Missing without the recordings; BackendUnavailable if peers are wanted and cannot be had.
    """
    console = Console()
    if not console.is_terminal:
        console.width = _FILE_WIDTH
    with console.status("loading") as status:
        bench = Bench(settings, status.update)
        rows = list(bench.rows())
        if settings.plot:
            status.update("drawing")
            _draw(rows, bench, settings.plot)
    show(rows, JUDGED_MS, console)
    told = {
        "utterances_per_speaker": settings.utterances,
        "clips": [clip.name for clip in bench.clips],
        "labels": "models.align" if settings.labels else "held_out.jsonl",
        "capture": bench.capture.clip.name if bench.capture else None,
        "bootstrap_resamples": _RESAMPLES,
        "network": bench.visavis.networks,
        "peers": peers.PACKAGES if settings.peers else None,
        "beside_peers_per_speaker": settings.beside if settings.peers else None,
    }
    save_report("lipsync", told, rows, json_path)
    return rows


def _draw(rows: list[Row], bench: Bench, folder: Path) -> None:
    from benchmarks.lipsync import plots  # matplotlib takes a second, and most runs need none

    plots.draw(rows, bench.clips, bench.visavis, folder)


def quick(utterances: int = 2) -> Row:
    """The headline from a few utterances of each speaker, for those who train."""
    bench = Bench(Settings(utterances=utterances), lambda text: None)
    return bench.headline()


class Bench:
    """Runs systems over sounds and makes a row of each."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self.visavis = Visavis(Engine.load())
        self._packages = peers.install() if settings.peers else None
        self.clips = sounds.held_out(settings.utterances, settings.labels)
        self.capture = _capture()

    def headline(self) -> Row:
        """Visavis itself, looking ahead 60 ms."""
        return self._judged(_visavis(JUDGED_MS), self._at(JUDGED_MS))

    def rows(self) -> Iterator[Row]:
        """Every row, as it is measured."""
        yield from self._systems()
        if self._packages:
            yield from self._peers(self._packages)
        for name, alter in conditions(self.clips).items():
            altered = (clip.altered(alter) for clip in self.clips)
            row = {**_visavis(JUDGED_MS), "condition": name}
            yield self._labelled(row, altered, self._at(JUDGED_MS))
        yield from self._languages()

    def _systems(self) -> Iterator[Row]:
        for look_ahead in sorted({*self._settings.look_aheads, JUDGED_MS}):
            yield self._judged(_visavis(look_ahead), self._at(look_ahead))
        yield self._judged(_row("loudness", "the past"), loudness)
        yield self._judged(_row("a still mouth", "nothing"), constant)

    def _peers(self, packages: Path) -> Iterator[Row]:
        few = sounds.held_out(self._settings.beside, self._settings.labels)
        beside = _row(f"{VISAVIS}, beside them", f"{JUDGED_MS} ms ahead")
        yield self._judged(beside, self._at(JUDGED_MS), few)
        clips = [*few, *([self.capture.clip] if self.capture else [])]
        for peer in peers.PEERS:
            spoken = peer.speak(packages, clips, self._say)
            row = self._judged(_row(peer.name, peer.hears), _from(spoken), few)
            yield row
            if peer.is_live and row["lag_ms"] is not None:
                earlier = {name: shifted(lips, row["lag_ms"]) for name, lips in spoken.items()}
                held = _row(f"{peer.name}, sound held back", f"{row['lag_ms']:.0f} ms ahead")
                yield self._judged(held, _from(earlier), few)

    def _languages(self) -> Iterator[Row]:
        for code, language in sounds.LANGUAGES.items():
            row = {**_visavis(JUDGED_MS), "speech": f"{language}, prompts"}
            try:
                yield self._labelled(row, sounds.prompts(code), self._at(JUDGED_MS))
            except Missing as error:
                yield row | {"missing": error.what}
        row = {**_visavis(JUDGED_MS), "speech": "Mandarin, capture"}
        yield row | self._captured(self._at(JUDGED_MS))

    def _at(self, look_ahead_ms: int) -> LipsOf:
        return lambda clip: self.visavis.lips(clip, look_ahead_ms)

    def _judged(self, row: Row, lips: LipsOf, clips: Sequence[Clip] | None = None) -> Row:
        """The row with all figures: of the held-out speakers and of the capture."""
        return self._labelled(row, clips or self.clips, lips) | self._captured(lips)

    def _labelled(self, row: Row, clips: Iterable[Clip], lips: LipsOf) -> Row:
        """The row with the figures of labelled clips."""
        self._say(", ".join([row["system"], row["hears"], row["speech"], row["condition"]]))
        items, seconds = [], 0.0
        for clip in clips:
            items.append(evidence(lips(clip), clip.segments))
            seconds += len(clip.samples) / SAMPLE_RATE
        ranges = intervals(items, _RESAMPLES)
        return {
            **row,
            "clips": len(items),
            "minutes": round(seconds / 60, 2),
            **{name: _figure(value) for name, value in scores(items).items()},
            "intervals": {name: [*map(_figure, ends)] for name, ends in ranges.items()},
        }

    def _captured(self, lips: LipsOf) -> Row:
        """The figures of the capture, or what is missing for them."""
        if self.capture is None:
            return {"missing": "the performance capture"}
        found = capture_scores(lips(self.capture.clip), self.capture.series)
        return {name: _figure(value) for name, value in found.items()}


def _row(system: str, hears: str) -> Row:
    """A row without figures."""
    return {
        "system": system,
        "hears": hears,
        "look_ahead_ms": None,
        "speech": ENGLISH,
        "condition": CLEAN,
        "clips": 0,
        "minutes": 0.0,
        **dict.fromkeys((*MEASURES, *CAPTURED)),
        "intervals": {},
        "missing": None,
    }


def _visavis(look_ahead_ms: int) -> Row:
    row = _row(VISAVIS, f"{look_ahead_ms} ms ahead")
    return {**row, "look_ahead_ms": look_ahead_ms}


def _from(spoken: Mapping[str, Lips]) -> LipsOf:
    return lambda clip: spoken[clip.name]


def _capture() -> Capture | None:
    try:
        return sounds.capture()
    except Missing:
        return None


def _figure(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None
