"""``python -m benchmarks.lipsync --quick``: one line, within a minute, for those who train."""

from __future__ import annotations

import argparse

from benchmarks.lipsync import bench
from benchmarks.lipsync.measures import MEASURES


def main() -> None:
    """The whole bench without arguments, the headline with ``--quick``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="60 ms only, a few utterances")
    parser.add_argument("--utterances", type=int, default=None, help="of each speaker")
    chosen = parser.parse_args()
    wanted = {} if chosen.utterances is None else {"utterances": chosen.utterances}
    if not chosen.quick:
        bench.main(bench.Settings(**wanted))
        return
    row = bench.quick(**wanted)
    names = [*MEASURES, "jaw_r", "rounding_r"]
    told = (f"{name} {row[name]:.3g}" for name in names if row[name] is not None)
    print(f"{row['clips']} clips at 60 ms:", ", ".join(told))


if __name__ == "__main__":
    main()
