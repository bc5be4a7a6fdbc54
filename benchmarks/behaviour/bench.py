"""Run the whole engine over minutes of speech and of silence; a table beside people's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.behaviour import cost, eyes, following, heads, lids, lips, manners, moods
from benchmarks.behaviour.material import Talk, silence, talks
from benchmarks.behaviour.people import UNLIKE, Finding
from benchmarks.behaviour.performed import (
    Performed,
    VoiceTrack,
    by_session,
    hear,
    perform,
    voice_track,
)
from benchmarks.report import save_report, shown
from engine.behaviour import LAYERS, ROLES, Behaviour
from engine.pipeline import Engine

_ACTED_SPEAKERS, _ACTED_S = 3, 36.0
_QUIET_SHARE = 0.5


@dataclass(frozen=True)
class Seen:
    """All performances that are measured."""

    kind: str
    talking: list[Performed]
    voices: list[VoiceTrack]
    listening: list[Performed]
    resting: Performed
    alone: Performed
    lively: Performed
    still: Performed
    framing: Performed
    same_again: bool


def main(
    seconds: float = 360.0,
    seed: int = 1,
    json_path: Path | None = None,
    plot: Path | None = None,
    sheet: Path | None = None,
) -> bool:
    """Print the table, write what is asked for; whether nothing is unlike people.

    ``seconds`` of talk in all, as many of listening, half as many of silence.
    """
    engine = Engine.load()
    spoken, kind = talks(seconds, seed)
    seen = performed(engine, spoken, kind, seconds, seed)
    acted = talks(_ACTED_S * len(spoken), seed)[0][:_ACTED_SPEAKERS]
    found = [
        *judged(seen, seed),
        *moods.findings(moods.measured(engine, acted, seed)),
        *cost.findings(engine, spoken[0], seed),
    ]
    show(found, f"{kind}, {sum(one.minutes for one in seen.talking):.1f} min of it")
    if plot is not None:
        from benchmarks.behaviour import plots

        plots.draw(seen.talking, seen.listening, seen.voices, plot)
    if sheet is not None:
        from benchmarks.behaviour import sheet as contact

        contact.draw(engine, seen.talking[0], seen.listening[0], sheet)
    settings: dict[str, Any] = {"seconds": seconds, "seed": seed, "voice": kind}
    settings["lip_sync_largest_differences"] = lips.largest(seen.alone, seen.talking[0])
    save_report("behaviour", settings, [one.row() for one in found], json_path)
    return all(one.verdict != UNLIKE for one in found)


def performed(engine: Engine, spoken: Sequence[Talk], kind: str, seconds: float, seed: int) -> Seen:
    """Every performance; another seed for each voice."""
    heard = [hear(engine, talk) for talk in spoken]
    talking, listening = (
        [
            perform(engine, talk, hops, seed + number, role=role)
            for number, (talk, hops) in enumerate(zip(spoken, heard, strict=True))
        ]
        for role in ROLES
    )
    quiet = silence(_QUIET_SHARE * seconds, seed)

    def again(behaviour: Behaviour) -> Performed:
        return perform(engine, spoken[0], heard[0], seed, behaviour)

    off: dict[str, Any] = dict.fromkeys(LAYERS, 0.0)
    return Seen(
        kind,
        talking,
        [voice_track(hops, len(one)) for hops, one in zip(heard, talking, strict=True)],
        listening,
        perform(engine, quiet, hear(engine, quiet), seed),
        again(replace(Behaviour(), **off)),
        again(Behaviour(camera_style="lively")),
        again(Behaviour(camera_style="still")),
        again(Behaviour(head=0.0, body=0.0)),
        by_session(engine, spoken[0], seed).bytes == talking[0].bytes,
    )


def judged(seen: Seen, seed: int) -> list[Finding]:
    """All findings but those about feelings and cost."""
    return [
        *lids.findings(seen.talking, seen.listening, seen.resting, seed),
        *eyes.findings(seen.talking, seen.listening),
        *heads.findings(seen.talking, seen.resting),
        *following.findings(seen.talking, seen.voices, seed),
        *manners.listening(seen.listening),
        *manners.breath(seen.talking, seen.resting),
        *manners.camera(seen.talking, seen.lively, seen.still, seen.framing),
        *lips.findings(seen.alone, seen.talking[0]),
        Finding("the whole", "two runs are the same, to the byte", float(seen.same_again)),
    ]


def show(found: Sequence[Finding], about: str) -> None:
    """A table of at most 100 columns, a section for each group."""
    table = Table(title=f"bench behaviour: {about}", title_justify="left", box=SIMPLE_HEAD)
    table.pad_edge, table.padding = False, (0, 1, 0, 0)
    table.add_column("", overflow="fold", max_width=48)
    for heading in ("found", "people", ""):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    table.add_column("source", overflow="fold")
    group = ""
    for one in found:
        if one.group != group:
            group = one.group
            table.add_section()
            table.add_row(f"[bold]{group}[/bold]")
        style = "red" if one.verdict == UNLIKE else ""
        table.add_row(
            one.what,
            f"{shown(float(one.value))} {one.unit}".strip(),
            str(one.people or ""),
            one.verdict,
            one.people.source if one.people else "",
            style=style,
        )
    Console().print(table)
    Console().print(
        "~ the source gives a mean or a direction, the range about it is ours", style="dim"
    )
