"""The badge on pictures."""

from __future__ import annotations

import numpy as np
import pytest

from engine.cast import Cast
from engine.errors import InvalidInput
from engine.face import FaceFrame
from engine.look import Look
from engine.render.backend import DrawingBackend, open_backend
from engine.render.badge import CORNERS, Badge, Badged, as_text, badged, from_text, stamp
from engine.render.strokes import CHARACTERS, segments, width

SIZES = [(256, 256), (512, 512), (1280, 720), (360, 640), (64, 64), (96, 64)]


def planes(size: tuple[int, int], level: int, colour: int = 128) -> np.ndarray:
    """One colour all over, as Y, U and V."""
    picture = np.full((size[1] * 3 // 2, size[0]), colour, np.uint8)
    picture[: size[1]] = level
    return picture


def luminance(level: float) -> float:
    """Relative luminance of a luma (WCAG 2.2), of limited range."""
    share = min(1.0, max(0.0, (level - 16) / 219))
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("corner", CORNERS)
def test_it_stands_in_its_corner_and_nowhere_else(size: tuple[int, int], corner: str) -> None:
    picture = planes(size, 180, 90)
    stamp(Badge(corner=corner), *size).on_i420(picture)
    y, x = np.nonzero(picture[: size[1]] != 180)
    assert len(y) > 20
    middle = np.array([size[0], size[1]]) / 2
    assert (np.mean(x) < middle[0]) == corner.endswith("left")
    assert (np.mean(y) < middle[1]) == corner.startswith("top")
    assert np.ptp(x) <= max(16, 0.6 * size[0]), "a corner, not a banner"
    chroma = picture[size[1] :].reshape(2, size[1] // 2, size[0] // 2)
    v, u = np.nonzero(chroma[0] != 90)
    assert np.all(np.abs(v - y.mean() / 2) <= np.ptp(y) / 2 + 1)
    assert np.all(np.abs(u - x.mean() / 2) <= np.ptp(x) / 2 + 1)


def test_the_smallest_picture_takes_it_too() -> None:
    picture = planes((16, 16), 180)
    assert (stamp(Badge(text="x" * 24), 16, 16).on_i420(picture)[:16] != 180).any()


@pytest.mark.parametrize("level", [16, 60, 128, 200, 235])
@pytest.mark.parametrize("size", SIZES[:4])
def test_it_can_be_read_on_dark_and_on_light(size: tuple[int, int], level: int) -> None:
    """At least 3:1 (WCAG 2.2, 1.4.11), at the opacity that it has unless another is chosen."""
    picture = planes(size, level)
    badge = stamp(Badge(), *size)
    badge.on_i420(picture)
    rows, columns = badge.keep.shape
    place = picture[badge.top : badge.top + rows, badge.left : badge.left + columns]
    letters = place[badge.white >= 0.8 * badge.white.max()].mean()
    plate = place[2:-2, columns // 4 : -columns // 4]
    plate = np.median(plate[badge.white[2:-2, columns // 4 : -columns // 4] == 0])
    assert (luminance(letters) + 0.05) / (luminance(plate) + 0.05) >= 3


def test_planes_and_pixels_show_the_same() -> None:
    size = (256, 256)
    yuv, rgba = planes(size, 126), np.full((256, 256, 4), 128, np.uint8)
    rgba[..., 3] = 255
    badge = stamp(Badge(), *size)
    badge.on_i420(yuv)
    badge.on_rgba(rgba)
    grey = (yuv[:256].astype(float) - 16) * 255 / 219
    assert np.abs(grey - rgba[..., 0]).max() < 3
    assert (rgba[..., 3] == 255).all()


def test_on_nothing_it_is_the_only_thing() -> None:
    """Transparent pictures: colours are multiplied by alpha, and never more than it."""
    pixels = np.zeros((256, 256, 4), np.uint8)
    stamp(Badge(), 256, 256).on_rgba(pixels)
    assert pixels[..., 3].max() > 200 and (pixels[..., :3] <= pixels[..., 3:]).all()
    assert (pixels[:128] == 0).all()


def test_opacity_scales_what_it_covers() -> None:
    shares = [1 - stamp(Badge(opacity=o), 512, 512).keep.mean() / 256 for o in (0.4, 0.7, 1.0)]
    assert shares[0] < shares[1] < shares[2]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": ""}, "badge"),
        ({"text": "   "}, "badge"),
        ({"text": "a" * 25}, "badge"),
        ({"text": "künstlich"}, "badge"),
        ({"text": 5}, "badge"),
        ({"corner": "middle"}, "badge_corner"),
        ({"opacity": 0.1}, "badge_opacity"),
        ({"opacity": "1"}, "badge_opacity"),
        ({"opacity": float("nan")}, "badge_opacity"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Badge(**values)  # type: ignore[arg-type]
    assert caught.value.field == field and caught.value.remedy


@pytest.mark.parametrize("badge", [None, Badge("It's (AI)", "top-left", 0.5)])
def test_it_goes_through_a_command_line(badge: Badge | None) -> None:
    assert from_text(as_text(badge)) == badge


def test_every_character_is_drawn_within_its_width() -> None:
    for character in CHARACTERS:
        lines = segments(character)
        assert (len(lines) > 0) == (character != " ")
        if len(lines):
            assert lines[:, 0::2].min() >= -0.01
            assert lines[:, 0::2].max() <= width(character) + 0.02
            assert lines[:, 1::2].min() >= -0.1 and lines[:, 1::2].max() <= 1.15
    assert segments("ab")[-1, 0] > width("a")


# --- on a back end ---


def drawn(badge: Badge | None) -> DrawingBackend:
    dressed = Cast().dress(Look(set="plain"))
    backend = badged(open_backend(dressed.head, 128, 96), 128, 96, badge)
    backend.set_stage(dressed.stage, dressed.light, "portrait")
    backend.pose(FaceFrame.neutral())
    backend.draw()
    return backend


def test_a_picture_differs_where_the_badge_is_and_after_a_change_of_size_too() -> None:
    marked, plain = drawn(Badge(corner="top-left")), drawn(None)
    assert not isinstance(plain, Badged)
    try:
        for size in ((128, 96), (256, 256)):
            pictures = []
            for backend in (marked, plain):
                backend.resize(*size, 1.3)
                backend.pose(FaceFrame.neutral())
                backend.draw()
                pictures.append(backend.read_i420().astype(int))
            changed = np.argwhere(pictures[0][: size[1]] != pictures[1][: size[1]])
            badge = stamp(Badge(corner="top-left"), *size)
            assert changed.min(axis=0).tolist() >= [badge.top, badge.left]
            rows, columns = badge.keep.shape
            assert (changed.max(axis=0) < [badge.top + rows, badge.left + columns]).all()
            assert len(changed) > 0.5 * rows * columns
    finally:
        marked.close()
        plain.close()
