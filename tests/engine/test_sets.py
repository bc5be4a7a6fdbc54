"""Sets: what can be named, what is refused, and the tracer that renders the rooms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import AssetError, InvalidInput
from engine.render.lights import LIGHTS
from engine.render.sets import CHROMA_GREEN, load_set, names
from engine.render.sets.build import main as build
from engine.render.sets.built import BUILT
from engine.render.sets.lens import defocus
from engine.render.sets.pictures import cover, read_picture, write_webp
from engine.render.sets.room import BLACK, Material, Room
from engine.render.sets.trace import View, render

RED, GREEN, BLUE = (220, 30, 40), (40, 200, 60), (30, 60, 210)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures with a red left half and a blue right half, and a file that is none."""
    halves = np.zeros((40, 80, 3), np.uint8)
    halves[:, :40], halves[:, 40:] = RED, BLUE
    for suffix in ("jpg", "png", "webp"):
        Image.fromarray(halves).save(tmp_path / f"beach_{suffix}.{suffix}", quality=95)
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


def test_names_are_the_built_in_ones_and_the_operators(folder: Path, tmp_path: Path) -> None:
    assert names() == ("gradient", "studio", "office", "night", "plain", "transparent")
    assert names(folder)[6:] == ("beach_jpg", "beach_png", "beach_webp")
    assert names(tmp_path / "missing") == names()


@pytest.mark.parametrize("name", ["gradient", *BUILT])
def test_shipped_rooms_are_large_pictures_in_a_light_of_their_own(name: str) -> None:
    stage = load_set(name)
    assert stage.light in LIGHTS
    assert stage.backdrop is not None
    assert stage.backdrop.shape == (900, 1600, 3)
    assert 25 < stage.backdrop.mean() < 200
    assert stage.opaque() is stage


def test_the_studio_has_a_microphone_below_the_chin() -> None:
    front = load_set("studio").foreground
    assert front is not None
    assert front.top < -2
    alpha = front.pixels[..., 3]
    assert front.pixels[..., :3].max(axis=2)[alpha == 0].max(initial=0) == 0
    assert alpha.max() == 255
    assert alpha[0].max() < 128
    assert 0.1 < (alpha > 128).mean() < 0.7


@pytest.mark.parametrize("name", ["plain:#1d2733", "#1D2733", "plain"])
def test_a_colour_is_a_set(name: str) -> None:
    stage = load_set(name)
    assert stage.colour == (0x1D, 0x27, 0x33, 255)
    assert stage.backdrop is None


def test_transparent_is_green_where_nothing_can_be() -> None:
    stage = load_set("transparent")
    assert stage.colour[3] == 0
    assert stage.opaque().colour == CHROMA_GREEN == (0, 177, 64, 255)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_own_pictures_keep_their_colours(folder: Path, suffix: str) -> None:
    backdrop = load_set(f"beach_{suffix}", folder).backdrop
    assert backdrop is not None
    assert backdrop.shape == (40, 80, 3)
    assert np.abs(backdrop[:, 8:32].astype(int) - RED).max() < 12
    assert np.abs(backdrop[:, 48:72].astype(int) - BLUE).max() < 12


def test_own_pictures_can_be_out_of_focus(folder: Path) -> None:
    sharp, soft = (load_set(name, folder).backdrop for name in ("beach_png", "beach_png:blur"))
    assert sharp is not None
    assert soft is not None
    assert soft.shape == sharp.shape
    between = soft[20, 39:41].astype(int)
    assert (between > np.minimum(RED, BLUE)).any(axis=0)[[0, 2]].all()
    assert np.abs(soft[20, 5].astype(int) - RED).max() < 4


def test_a_sideways_photograph_is_turned_upright(tmp_path: Path) -> None:
    upright = np.zeros((64, 32, 3), np.uint8)
    upright[:32], upright[32:] = RED, BLUE
    picture = Image.fromarray(np.rot90(upright))
    exif = picture.getexif()
    exif[0x0112] = 6  # turn a quarter clockwise to view
    picture.save(tmp_path / "phone.jpg", quality=95, exif=exif)
    seen = load_set("phone", tmp_path).backdrop
    assert seen is not None
    assert seen.shape == (64, 32, 3)
    assert np.abs(seen[8:24].astype(int) - RED).max() < 12


def test_a_huge_photograph_is_made_smaller(tmp_path: Path) -> None:
    Image.new("RGB", (5000, 3000), RED).save(tmp_path / "huge.jpg")
    seen = load_set("huge", tmp_path).backdrop
    assert seen is not None
    assert seen.shape == (1152, 1920, 3)


@pytest.mark.parametrize("name", ["Beach", "../beach_png", "beach_png.png", "", "#12345", "plain:"])
def test_unknown_sets_are_refused_with_the_names(folder: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="beach_png") as refused:
        load_set(name, folder)
    assert refused.value.field == "set"
    assert not isinstance(refused.value, AssetError)


@pytest.mark.parametrize("kept", [0, 30])
def test_a_damaged_picture_is_named(folder: Path, kept: int) -> None:
    path = folder / "beach_png.png"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(AssetError, match=r"beach_png\.png"):
        load_set("beach_png", folder)


@pytest.mark.parametrize(("width", "height"), [(30, 60), (90, 30), (64, 64)])
def test_covering_cuts_about_the_middle(width: int, height: int) -> None:
    stripes = np.zeros((60, 120, 3), np.uint8)
    stripes[:, :40], stripes[:, 40:80], stripes[:, 80:] = RED, GREEN, BLUE
    fitted = cover(stripes, width, height).astype(int)
    assert fitted.shape == (height, width, 3)
    assert np.abs(fitted[height // 2, width // 2] - GREEN).max() < 12
    np.testing.assert_allclose(fitted[:, 0].mean(), fitted[:, -1].mean(), atol=40)


def test_a_lamp_out_of_focus_is_a_disc() -> None:
    night = np.zeros((400, 900, 3), np.uint8)
    night[199:202, 449:452] = 255
    seen = defocus(night)[..., 0]
    lit = seen > 0.7 * seen.max()
    assert 12 < np.sqrt(lit.sum() / np.pi) < 20
    assert seen[lit].std() < 0.1 * seen[lit].mean()
    assert (seen > 0.05 * seen.max()).sum() < 1.5 * lit.sum()


def test_webp_keeps_colour_and_alpha(tmp_path: Path) -> None:
    pixels = np.zeros((32, 48, 4), np.uint8)
    pixels[:, :24] = (*GREEN, 255)
    pixels[:, 24:] = (*GREEN, 64)
    write_webp(pixels, tmp_path / "front.webp", 90)
    seen = read_picture(tmp_path / "front.webp", "rgba").astype(int)
    assert np.abs(seen[:, :22] - (*GREEN, 255)).max() < 12
    assert np.abs(seen[:, 26:] - (*GREEN, 64)).max() < 12


def test_light_in_a_white_room_adds_up() -> None:
    """In a closed room that shines by 0.2 and reflects half, each further path adds half."""
    room = Room()
    walls = Material((0.5, 0.5, 0.5), emission=(0.2, 0.2, 0.2))
    for axis in range(3):
        for side in (-1, 1):
            centre, half = [0.0, 0.0, 0.0], [210.0, 210.0, 210.0]
            centre[axis], half[axis] = side * 205.0, 5.0
            room.box((centre[0], centre[1], centre[2]), (half[0], half[1], half[2]), walls)
    room.panel((0, 0, 500), (0, 0, -1), (1, 1), BLACK)
    seen = render(room, View(), (16, 16), 64)
    expected = 0.2 * sum(0.5**k for k in range(5))
    assert seen[..., :3].mean() == pytest.approx(expected, rel=0.02)
    assert seen[..., 3].min() == 1


def test_a_lamp_lights_what_faces_it_and_casts_a_shadow() -> None:
    room = Room()
    room.box((0, 0, -12), (60, 60, 2), Material((0.8, 0.8, 0.8)))
    room.group()
    room.box((0, 0, 0), (4, 4, 0.2), Material(BLACK))
    room.bulb((0, 40, 40), 0.5, (300, 300, 300))
    light = render(room, View(aperture=0.01, above=0), (80, 45), 24)[..., 0]
    # The wall is 10 cm behind the plate, so the shadow falls 10 cm below it.
    shadow, beside, above = light[33, 40], light[33, 60], light[12, 40]
    assert shadow < 0.05 * beside
    assert 0 < beside < above


def test_what_is_far_behind_the_focus_is_blurred() -> None:
    def spread(aperture: float) -> float:
        room = Room()
        room.bulb((0, -12, -300), 2, (5, 5, 5))
        seen = render(room, View(aperture=aperture), (96, 54), 48)
        return float((seen[..., 3] > 0.01).sum())

    assert spread(2.0) > 4 * spread(0.01)


def test_the_rooms_can_be_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.render.sets import build as module

    monkeypatch.setattr(module, "_TRACED", (64, 36))
    monkeypatch.setattr(module, "_SHOWN", (160, 90))
    monkeypatch.setattr(
        "sys.argv", ["build", "studio", "night", "--draft", "--into", str(tmp_path)]
    )
    build()
    for name in ("studio", "night"):
        assert read_picture(tmp_path / f"{name}.webp").shape == (90, 160, 3)
    assert read_picture(tmp_path / "studio_front.webp", "rgba").shape[2] == 4
