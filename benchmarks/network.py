"""Bad networks between a real Chromium and the server: what is heard, what is seen, in which step.

All packets go through a relay on this machine that loses, delays and holds them back, each
direction apart, from a seed (`tests/network`). The caller says /sipa/ again and again, as in
`benchmarks.latency`, so that sound and picture can be told apart at the receiver.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import browser, latency, syllables
from benchmarks.report import save_report, show
from engine.options import SessionOptions
from tests.network.link import Impairment
from tests.network.relay import Relay, without_candidates

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

_WARM_UP_S = 4.0
_OUTAGE_AT_S = 14.0
"""After the offer: far into the call, with time enough left to see the return."""

_LOOK_AHEAD_MS = 60
QUALITY = "low"
"""How finely pictures are drawn: the network is measured here, not the machine, so it has time."""

_CAP_SECONDS = 60.0
"""Frozen time under a cap is stated for a minute."""


@dataclass(frozen=True, slots=True)
class Case:
    """A network; ``up`` is from the browser to the server. Seconds are those measured.

    In ``chief`` cases the baseline is measured as well.
    """

    name: str
    up: Impairment
    down: Impairment
    seconds: float
    chief: bool = False


def cases(seconds: float = 30.0) -> Iterator[Case]:
    """The matrix; losses, delays and outages in both directions, caps on the way down."""
    for loss in (0.0, 0.02, 0.05, 0.10):
        for trip in (0.0, 0.05, 0.2):
            way = Impairment(loss=loss, delay=trip / 2)
            chief = (loss, trip) == (0.02, 0.05)
            yield Case(f"loss {loss:.0%}, RTT {1000 * trip:.0f} ms", way, way, seconds, chief)
    near = Impairment(delay=0.025)
    jitter = replace(near, jitter=0.03)
    yield Case("jitter 30 ms, RTT 50 ms", jitter, jitter, seconds, True)
    reorder = replace(near, reorder=0.05)
    yield Case("reorder 5 %, RTT 50 ms", reorder, reorder, seconds)
    bursts = replace(near, loss=0.02, burst=4)
    yield Case("loss 2% in bursts of 4, RTT 50 ms", bursts, bursts, seconds)
    for length in (1, 4, 8):
        away = replace(near, outages=((_OUTAGE_AT_S, _OUTAGE_AT_S + length),))
        yield Case(f"outage {length} s, RTT 50 ms", away, away, seconds + length, length == 1)
    for rate in (500, 300):
        cap = replace(near, rate=1000.0 * rate)
        yield Case(f"cap {rate} kbit/s, RTT 50 ms", near, cap, _CAP_SECONDS, True)


def main(
    seconds: float = 30.0,
    only: str = "",
    servers: tuple[str, ...] = ("visavis", "aiortc"),
    seed: int = 1,
    port: int = 8193,
    json_path: Path | None = None,
    chief: bool = False,
) -> list[dict[str, Any]]:
    """Measure the cases whose name contains ``only``, the ``chief`` ones alone if so asked; print
    tables, write JSON.

    ``servers``: "visavis", and "aiortc" for the engine over that as it is, see `benchmarks.stock`.
    """
    options = SessionOptions()
    box = browser.mouth_box(options.width, options.height)
    pose_s = latency.half_open_s(_LOOK_AHEAD_MS, box)
    chosen = [case for case in cases(seconds) if only in case.name and case.chief >= chief]
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "syllables.wav"
        pcm, _ = syllables.train(120)
        syllables.write_wav(microphone, pcm)
        rows = asyncio.run(_all(servers, chosen, microphone, box, pose_s, seed, port))
    settings = {
        "size": f"{options.width}x{options.height}",
        "fps": options.fps,
        "codec": options.video_codec,
        "video_bitrate": options.bitrate,
        "quality": QUALITY,
        "look_ahead_ms": _LOOK_AHEAD_MS,
        "seconds": seconds,
        "seed": seed,
        "browser": browser.version(),
    }
    for title, columns in TABLES.items():
        show(title, columns, rows)
    save_report("network", settings, rows, json_path)
    return rows


async def _all(
    servers: tuple[str, ...],
    chosen: list[Case],
    microphone: Path,
    box: browser.Box,
    pose_s: float,
    seed: int,
    port: int,
) -> list[dict[str, Any]]:
    rows = []
    for name in servers:
        async with latency.serving(name, port) as serving:
            for case in [case for case in chosen if case.chief or name == "visavis"]:
                async with Relay(case.up, case.down, seed) as relay:
                    recording = await browser.visit(
                        serving.url,
                        microphone,
                        case.seconds + _WARM_UP_S,
                        box,
                        _LOOK_AHEAD_MS,
                        through(relay, case, seed),
                    )
                rows.append({"server": name, "network": case.name} | judge(recording, case, pose_s))
    return rows


def through(relay: Relay, case: Case, seed: int) -> Callable[[Page], Awaitable[None]]:
    """Leads the page's calls through the relay; its faults begin with the first offer."""

    async def lead(route: Route) -> None:
        offer = json.loads(route.request.post_data or "{}")
        again = "resume" in offer
        offer |= {"sdp": without_candidates(offer["sdp"])} | ({} if again else {"quality": QUALITY})
        response = await route.fetch(post_data=json.dumps(offer))
        answer = await response.json()
        if response.ok:
            answer["sdp"] = await relay.reroute(answer["sdp"])
            if not again:
                relay.restart(case.up, case.down, seed)
        await route.fulfill(response=response, json=answer)

    async def hide_addresses(route: Route) -> None:
        if route.request.method == "PATCH":  # trickled candidates know the direct way
            await route.fulfill(status=204)
        else:
            await route.continue_()

    async def prepare(page: Page) -> None:
        await page.route("**/session/**", hide_addresses)
        await page.route("**/offer", lead)

    return prepare


FIGURES = (
    *("concealed_%", "frozen_s", "longest_gap_s", "recovery_s", "sound_ms", "picture_ms"),
    *("sync_p50_ms", "sync_abs_p95_ms", "fps", "kbit_s", "keyframes", "syllables"),
)

_CASE = {"network": "network", "server": "server"}
TABLES = {
    "What is heard, and in which step": _CASE
    | {
        "concealed_%": "concealed %",
        "sound_ms": "sound ms",
        "picture_ms": "picture ms",
        "sync_p50_ms": "sync p50 ms",
        "sync_abs_p95_ms": "sync p95 ms",
        "syllables": "syllables",
    },
    "What is seen": _CASE
    | {
        "frozen_s": "frozen s",
        "longest_gap_s": "longest gap s",
        "recovery_s": "recovery s",
        "fps": "fps",
        "kbit_s": "kbit/s",
        "keyframes": "keyframes",
    },
}
"""Two tables that fit into 100 columns; JSON has the figures by their full names."""


def judge(recording: browser.Recording, case: Case, pose_s: float) -> dict[str, Any]:
    """The figures of one case, units in their names; None where there is nothing to tell."""
    found = latency.analyse(recording, pose_s, 1 / SessionOptions().fps)
    before, after = recording.stats
    if after["video"]["framesDecoded"] < before["video"]["framesDecoded"]:
        # So little came that the page gave up and called again: its statistics began anew.
        return dict.fromkeys(FIGURES) | _gaps(recording, case)
    seconds = (after["at"] - before["at"]) / 1000
    sound, picture = np.array(found["sound"]), np.array(found["picture"])
    received = sum(
        after[kind]["bytesReceived"] - before[kind]["bytesReceived"] for kind in ("audio", "video")
    )
    return {
        "concealed_%": found["concealed_ms"] / 10 / seconds,
        "frozen_s": float(found["frozen_s"]),
        **_gaps(recording, case),
        "sound_ms": float(np.median(sound)) if len(sound) else None,
        "picture_ms": float(np.median(picture)) if len(sound) else None,
        "sync_p50_ms": float(np.median(picture - sound)) if len(sound) else None,
        "sync_abs_p95_ms": float(np.percentile(np.abs(picture - sound), 95))
        if len(sound)
        else None,
        "fps": found["frames_per_s"],
        "kbit_s": received * 8 / 1000 / seconds,
        "keyframes": after["video"]["keyFramesDecoded"] - before["video"]["keyFramesDecoded"],
        "syllables": len(sound),
    }


def _gaps(recording: browser.Recording, case: Case) -> dict[str, float | None]:
    """The longest time without a new picture, and what of it an outage does not explain."""
    away = sum(end - start for start, end in case.down.outages)
    shown = recording.frames[recording.frames[:, 0] > recording.frames[0, 0] + _WARM_UP_S, 0]
    longest = float(np.max(np.diff(shown))) if len(shown) > 1 else None
    recovery = max(0.0, longest - away) if away and longest is not None else None
    return {"longest_gap_s": longest, "recovery_s": recovery}


if __name__ == "__main__":
    main()
