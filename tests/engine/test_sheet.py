"""Contact sheets and their lettering."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from engine.avatar.expressions import EXPRESSIONS
from engine.render.lettering import HEIGHT, label, letters
from engine.render.poster import write_png
from engine.render.sheet import YAWS, cast_sheet, expression_sheet
from tests.engine.sample_head import sample_head


def test_letters_are_told_apart_and_unknown_ones_are_blank() -> None:
    drawn = {letters(c).tobytes() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."}
    assert len(drawn) == 39
    assert letters("I").tolist()[1] == [False, False, True, False, False]
    assert not letters("ä").any()
    assert letters("nora").shape == (HEIGHT, 23)


@pytest.mark.parametrize("text", ["", "A", "a very long name that has no room at all"])
def test_a_label_stays_within_the_picture(text: str) -> None:
    picture = np.full((64, 64, 3), 120, np.uint8)
    label(picture, text)
    assert (picture[:40] == 120).all()
    assert (picture > 200).any() == bool(text)


def test_an_expression_sheet_has_a_tile_for_each_pose() -> None:
    sheet = expression_sheet(sample_head(), 64)
    rows = 1 + -(-len(EXPRESSIONS) // 5)
    assert sheet.shape == (64 * rows, 5 * 64, 3)
    tiles = [sheet[:64, 64 * k : 64 * (k + 1)] for k in range(len(YAWS))]
    assert all((a != b).any() for a, b in pairwise(tiles))


def test_a_cast_is_drawn_side_by_side_and_written_as_png(tmp_path: Path) -> None:
    heads = [replace(sample_head(), title=title) for title in ("A", "B", "C", "D", "E")]
    sheet = cast_sheet(heads, 64)
    assert sheet.shape == (128, 256, 3)
    write_png(sheet, tmp_path / "sheet.png")
    with av.open(str(tmp_path / "sheet.png")) as file:
        frame = next(file.decode(video=0))
    assert (frame.to_ndarray(format="rgb24") == sheet).all()
