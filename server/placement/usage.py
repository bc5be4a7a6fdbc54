"""What a process uses, from Linux's /proc (proc(5)); None where there is no such thing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_USER_TIME, _SYSTEM_TIME = 11, 12
"""Fields of /proc/PID/stat after the command's name, in clock ticks (proc_pid_stat(5))."""


@dataclass(frozen=True, slots=True)
class Usage:
    """``cpu_s`` seconds of processor time since the start; ``memory`` bytes: the proportional set
    size, in which what is shared counts once among all who share it, or the resident set size.
    """

    cpu_s: float
    memory: int


def available_cores() -> int:
    """Cores that this process may run on: fewer than the machine has, where it was given some."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usage(pid: int, proc: Path = Path("/proc")) -> Usage | None:
    """What the process uses now; reading takes about a millisecond per 100 MB."""
    try:
        stat = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
        ticks = int(stat[_USER_TIME]) + int(stat[_SYSTEM_TIME])
        return Usage(ticks / os.sysconf("SC_CLK_TCK"), _memory(proc / str(pid)))
    except (OSError, ValueError, IndexError):
        return None


def _memory(folder: Path) -> int:
    try:
        lines = (folder / "smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    except (OSError, StopIteration):  # kernels before 4.14, or not ours to see
        pages = int((folder / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
