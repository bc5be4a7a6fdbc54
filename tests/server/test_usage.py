"""What a process uses, and when that is too much; how many sessions there is room for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.placement.base import Counts, room
from server.placement.local import rasterising, too_large
from server.placement.usage import Usage, usage


def test_this_process_uses_something() -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system has no /proc")
    used = usage(os.getpid())
    assert used is not None and used.cpu_s > 0 and used.memory > 1 << 20


def test_a_name_with_brackets_does_not_confuse(tmp_path: Path) -> None:
    folder = tmp_path / "7"
    folder.mkdir()
    ticks = os.sysconf("SC_CLK_TCK")
    folder.joinpath("stat").write_text(f"7 (a ) b) S {' '.join('0' * 10)} {2 * ticks} {ticks} 0")
    folder.joinpath("smaps_rollup").write_text("head\nRss:  9 kB\nPss:  5 kB\n")
    assert usage(7, tmp_path) == Usage(3.0, 5 * 1024)
    folder.joinpath("smaps_rollup").unlink()
    folder.joinpath("statm").write_text("9 3 1 0 0 0 0")
    assert usage(7, tmp_path) == Usage(3.0, 3 * os.sysconf("SC_PAGE_SIZE"))
    assert usage(8, tmp_path) is None


def test_an_idle_worker_is_replaced_before_its_limit_a_busy_one_above_it() -> None:
    assert not too_large(None, 100, idle=True)
    assert not too_large(Usage(0, 1000), None, idle=True)
    assert [too_large(Usage(0, used), 100, idle=True) for used in (75, 76)] == [False, True]
    assert [too_large(Usage(0, used), 100, idle=False) for used in (100, 101)] == [False, True]


@pytest.mark.parametrize(
    ("together", "alone", "sessions"),
    [
        ([], 0.0, 1),
        ([0.0], 0.0, 1),
        ([0.9], 0.9, 1),
        ([2.3], 2.3, 1),
        ([2.4], 2.4, 2),
        ([2.0, 2.0], 2.1, 2),
        ([1.5, 1.5], 2.4, 2),
        ([2.2] * 4, 3.0, 7),
        ([4.8, 3.6], 1.0, 7),
        ([1000.0] * 2, 1000.0, 64),
    ],
)
def test_room_is_what_the_machine_can_and_each_worker(
    together: list[float], alone: float, sessions: int
) -> None:
    assert room(together, alone) == sessions


@pytest.mark.parametrize(
    ("workers", "cores", "helped"), [(1, 2, True), (2, 4, True), (2, 2, False)]
)
def test_workers_without_two_cores_each_draw_in_their_own_thread(
    workers: int, cores: int, helped: bool
) -> None:
    assert rasterising(workers, cores) == ({} if helped else {"LP_NUM_THREADS": "0"})


def test_what_workers_count_adds_up() -> None:
    times, counts = Counts(), [1] + [0] * 13
    for _ in range(2):
        times.add({"render": {"counts": counts, "sum": 0.25}})
    assert (times.counts["render"][0], times.sums) == (2, {"render": 0.5})
