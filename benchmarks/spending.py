"""What a server, its workers, this process and all the rest of the machine use (Linux)."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from server.placement.usage import Usage, usage

_IDLE = (3, 4)
"""Places of idle and iowait in the first line of /proc/stat (proc_stat(5))."""

_KINDS = 8
"""Kinds of time in it that do not count twice: guests' time is part of their user's."""

_NONE = Usage(0.0, 0)


@dataclass(frozen=True, slots=True)
class Spent:
    """Until ``at``, in seconds of processor time, and memory in bytes now (proportional set size).

    ``machine`` is all that was spent on it, also by those whom a hypervisor gave it to instead.
    """

    at: float
    server: Usage
    workers: Usage
    own: float
    machine: float


@dataclass(frozen=True, slots=True)
class Shares:
    """Percent of one core between two moments, and megabytes at the later one."""

    server_pct: float
    workers_pct: float
    callers_pct: float
    others_pct: float
    memory_mb: float

    @property
    def product_pct(self) -> float:
        """Server and workers."""
        return self.server_pct + self.workers_pct


def spent(server: int) -> Spent:
    """What has been spent by now, ``server`` being its process id; its children are its workers."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    workers = [usage(int(child)) or _NONE for child in children]
    return Spent(
        at=time.monotonic(),
        server=usage(server) or _NONE,
        workers=Usage(sum(one.cpu_s for one in workers), sum(one.memory for one in workers)),
        own=time.process_time(),
        machine=machine_s(Path("/proc/stat").read_text()),
    )


def between(before: Spent, after: Spent) -> Shares:
    """What was spent between two moments; this process is the callers'."""
    took = (after.at - before.at) / 100
    server = after.server.cpu_s - before.server.cpu_s
    workers = after.workers.cpu_s - before.workers.cpu_s
    own = after.own - before.own
    others = after.machine - before.machine - server - workers - own
    return Shares(
        server_pct=server / took,
        workers_pct=workers / took,
        callers_pct=own / took,
        others_pct=max(0.0, others / took),
        memory_mb=(after.server.memory + after.workers.memory) / 1e6,
    )


def machine_s(stat: str) -> float:
    """Seconds that all cores were busy or away, since the start, of /proc/stat's text."""
    ticks = [int(field) for field in stat.split("\n", 1)[0].split()[1 : 1 + _KINDS]]
    return (sum(ticks) - sum(ticks[place] for place in _IDLE)) / os.sysconf("SC_CLK_TCK")
