"""Heads, sets, lights and framings look as they did, within what drivers differ by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.engine import golden


@pytest.mark.parametrize("name", golden.drawings())
def test_it_looks_as_it_did(name: str) -> None:
    wrong = golden.compare(name, golden.drawings()[name]())
    assert wrong is None, wrong


def test_a_difference_is_seen_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(golden, "OUT", tmp_path)
    drawn = golden.draw_sample()
    assert golden.compare("sample", np.clip(drawn, 1, 254)) is None
    drawn[40:60, 40:60] = 255 - drawn[40:60, 40:60]
    wrong = golden.compare("sample", drawn)
    assert wrong is not None
    assert "python -m tests.engine.golden sample" in wrong
    kept = {path.stem for path in (tmp_path / "sample").iterdir()}
    assert kept == {"expected", "actual", "difference"}


def test_every_kept_picture_is_compared() -> None:
    kept = {path.stem for path in golden.FOLDER.glob("*.png")}
    assert kept == set(golden.drawings())
