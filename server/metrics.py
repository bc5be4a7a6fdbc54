"""``GET /metrics``: what goes on here, in Prometheus' text format.

Names follow Prometheus' conventions: the application's prefix, base units, ``_total`` for what only
grows (prometheus.io/docs/practices/naming). No label tells one session from another: there would be
a new time series for each, and whoever reads them has no business with who talks.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from engine.batch import SIZES
from engine.quality import STEPS
from engine.stopwatch import BOUNDS
from server.admission import Admission, Registry
from server.gpus import Gpus
from server.placement.base import Counts, Placement, Report
from server.placement.usage import usage
from server.session import Session
from server.signaling.access import Access
from server.tally import Tally

INTERVAL = 1.0
"""Seconds between two looks at the sessions."""

_ROUND_TRIPS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.12, 0.2, 0.3, 0.5, 1.0)
_LOSSES = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_BITRATES = (100e3, 200e3, 300e3, 500e3, 750e3, 1e6, 1.5e6, 2e6, 4e6, 8e6)
_WAITING = (0, 2, 4, 8, 16, 32, 64, 128, 256, 384)


class Metrics:
    """Looks at sessions, seats and workers now and then, and remembers what they have counted."""

    def __init__(self, admission: Admission, placement: Placement) -> None:
        self._admission, self._placement = admission, placement
        self._known: dict[Session, Tally] = {}
        self._before = Report()
        self._seats = (0, 0)
        self._server_cpu = 0.0
        # One more series for each, which nobody needs:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        for counted in _COUNTED:
            self.registry.register(_OfWorkers(counted, placement.report))
        self.registry.register(Gpus())
        self._define_sessions()
        self._define_flow()
        self._define_machine()

    def text(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self.registry)

    def look(self, sessions: Iterable[Session]) -> None:
        """Count what has come since the last look; call it about once a second."""
        steps = dict.fromkeys((step.name for step in STEPS), 0)
        for session in sessions:
            tally = session.tally
            self._count(session, tally)
            self._observe(tally)
            if tally.step in steps:
                steps[tally.step] += 1
        for name, number in steps.items():
            self._steps.labels(name).set(number)
        self._look_at_seats()
        self._look_at_workers()

    def ended(self, session: Session) -> None:
        """Count what a session has counted since the last look, which was its last."""
        self._count(session, session.tally)
        del self._known[session]

    # --- what there is ---

    def _define_sessions(self) -> None:
        self._open = self._gauge("sessions_open", "Sessions whose speaker is there.")
        self._kept = self._gauge("sessions_kept", "Sessions that wait for a lost speaker.")
        self._limit = self._gauge("sessions_limit", "Sessions that there is room for.")
        self._started = self._counter("sessions_started", "Sessions that were let in.")
        self._refused = self._counter("sessions_refused", "Sessions refused for want of room.")
        self._resumed = self._counter("sessions_resumed", "Sessions that went on elsewhere.")
        self._steps = self._gauge("sessions_at_step", "Sessions by quality step.", "step")
        self._changes = self._counter("quality_changes", "Turns of quality dials.")

    def _define_flow(self) -> None:
        self._drawn = self._counter("pictures_drawn", "Pictures that came from workers.")
        self._late = self._counter("pictures_late", "Pictures that came over 20 ms late.")
        self._skipped = self._counter("pictures_skipped", "Pictures left out by busy workers.")
        self._dropped = self._counter("units_dropped", "Sound and pictures lost in the server.")
        self._concealed = self._counter("audio_concealed_seconds", "Voice put where some was lost.")
        self._pcm = self._gauge("pcm_waiting_seconds", "Voice that waits in workers.")
        self._waiting = self._histogram("playout_waiting_units", "Units not yet due.", _WAITING)
        self._round_trip = self._histogram("round_trip_seconds", "Round trips.", _ROUND_TRIPS)
        self._loss = self._histogram("loss_ratio", "Share of packets lost.", _LOSSES)
        self._bitrate = self._histogram("picture_bits_per_second", "Bit rates.", _BITRATES)

    def _define_machine(self) -> None:
        self._workers = self._gauge("workers", "Worker processes that run.")
        self._restarts = self._counter("worker_restarts", "Workers replaced, by reason.", "reason")
        self._cpu = self._counter("cpu_seconds", "Processor time used.", "process")
        self._memory = self._gauge("memory_bytes", "Proportional set size.", "process")
        for reason in ("ended", "hung", "memory"):
            self._restarts.labels(reason)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"visavis_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"visavis_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, bounds: tuple[float, ...]) -> Histogram:
        return Histogram(f"visavis_{name}", text, buckets=bounds, registry=self.registry)

    # --- looking ---

    def _count(self, session: Session, now: Tally) -> None:
        before = self._known.get(session, Tally())
        self._known[session] = now
        for counter, new, old in (
            (self._drawn, now.pictures_drawn, before.pictures_drawn),
            (self._late, now.pictures_late, before.pictures_late),
            (self._skipped, now.pictures_skipped, before.pictures_skipped),
            (self._dropped, now.dropped, before.dropped),
            (self._concealed, now.concealed_s, before.concealed_s),
            (self._changes, now.quality_changes, before.quality_changes),
        ):
            counter.inc(_grown(new, old))

    def _observe(self, tally: Tally) -> None:
        self._waiting.observe(tally.playout_waiting)
        for histogram, value in (
            (self._round_trip, tally.round_trip_s),
            (self._loss, tally.loss),
            (self._bitrate, tally.bitrate),
        ):
            if value is not None:
                histogram.observe(value)

    def _look_at_seats(self) -> None:
        admission = self._admission
        self._open.set(admission.taken)
        self._kept.set(admission.lent)
        self._limit.set(admission.limit)
        started, refused = self._seats
        self._seats = admission.entered, admission.refused
        self._started.inc(admission.entered - started)
        self._refused.inc(admission.refused - refused)

    def _look_at_workers(self) -> None:
        report, before = self._placement.report(), self._before
        self._before = report
        self._workers.set(report.workers)
        self._pcm.set(report.waiting_s)
        self._resumed.inc(report.resumed - before.resumed)
        for reason, number in report.restarts.items():
            self._restarts.labels(reason).inc(number - before.restarts.get(reason, 0))
        self._cpu.labels("workers").inc(_grown(report.cpu_s, before.cpu_s))
        self._memory.labels("workers").set(report.memory)
        spent = time.process_time()
        self._cpu.labels("server").inc(_grown(spent, self._server_cpu))
        self._server_cpu = spent

    def look_at_server(self) -> None:
        """Note the memory of this process; takes a few milliseconds."""
        if used := usage(os.getpid()):
            self._memory.labels("server").set(used.memory)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A histogram that workers count: its name, what it is, its label, its classes, and where."""

    name: str
    text: str
    label: str
    bounds: Sequence[float]
    counts: Callable[[Report], Counts]


_COUNTED = (
    _Counted(
        "visavis_stage_seconds",
        "Time that a stage of the engine took.",
        "stage",
        BOUNDS,
        lambda report: report.stages,
    ),
    _Counted(
        "visavis_queue_seconds",
        "Time until a turn in a worker.",
        "queue",
        BOUNDS,
        lambda report: report.queues,
    ),
    _Counted(
        "visavis_batch_sessions",
        "Sessions for which a call of a network was.",
        "network",
        SIZES,
        lambda report: report.batches,
    ),
)


class _OfWorkers(Collector):
    """What workers have counted, as it is when somebody asks."""

    def __init__(self, counted: _Counted, report: Callable[[], Report]) -> None:
        self._counted, self._report = counted, report

    def collect(self) -> Iterator[HistogramMetricFamily]:
        what, counts = self._counted, self._counted.counts(self._report())
        limits = [*(str(float(bound)) for bound in what.bounds), "+Inf"]
        family = HistogramMetricFamily(what.name, what.text, labels=[what.label])
        for label, classes in sorted(counts.counts.items()):
            buckets = list(zip(limits, map(float, accumulate(classes)), strict=True))
            family.add_metric([label], buckets, counts.sums[label])
        yield family


def _grown(now: float, before: float) -> float:
    """What has been added; where a count began anew, all of it is taken for known."""
    return max(0.0, now - before)


def add_metrics(
    app: web.Application, access: Access, metrics: Metrics, registry: Registry[Session]
) -> None:
    """Serve ``/metrics``, to whoever has the token, and look once a second while the app runs."""
    registry.ended = metrics.ended

    async def get(request: web.Request) -> web.Response:
        access.check(request)
        metrics.look_at_server()
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def watch() -> None:
        while True:
            metrics.look(registry.running)
            await asyncio.sleep(INTERVAL)

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(watch(), name="metrics")
        yield
        task.cancel()
        await asyncio.wait([task])

    app.cleanup_ctx.append(lifetime)
    app.router.add_get("/metrics", get)
