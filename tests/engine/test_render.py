"""The renderer: what moves where in the picture, sizes, and renderers side by side."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import moderngl
import numpy as np
import pytest

from engine.avatar.rig import Head, load_head
from engine.errors import AssetError, BackendUnavailable, InvalidInput
from engine.face import FaceFrame, Floats, weights
from engine.render import Renderer, describe, gl, mesh
from engine.render.framing import Framing
from engine.render.lights import LIGHTS
from engine.render.sets import CHROMA_GREEN, StageSet, load_set
from engine.render.yuv import Bytes, straight
from tests.engine.gl_objects import Ledger
from tests.engine.sample_head import sample_head

SIZE = 128


@pytest.fixture(scope="module")
def head() -> Head:
    return load_head()


@pytest.fixture(scope="module")
def renderer(head: Head) -> Iterator[Renderer]:
    with Renderer(head, SIZE, SIZE) as made:
        yield made


def posed(
    blendshapes: Floats | None = None,
    head: tuple[float, ...] = (0, 0, 0, 0, 0, 0),
    camera: tuple[float, float, float] = (0, 0, 1),
) -> FaceFrame:
    neutral = FaceFrame.neutral()
    return FaceFrame(
        0,
        neutral.blendshapes if blendshapes is None else blendshapes,
        np.array(head, np.float32),
        neutral.gaze,
        np.array(camera, np.float32),
    )


def pixel(framing: Framing, point: Floats) -> tuple[int, int]:
    """Row and column at which a point of the neutral head is seen."""
    seen = framing.view_projection(np.array([0, 0, 1], np.float32)) @ np.append(point, 1)
    x, y = seen[:2] / seen[3]
    return round((y + 1) / 2 * SIZE), round((x + 1) / 2 * SIZE)


def changed(first: Bytes, second: Bytes) -> Bytes:
    difference: Bytes = np.abs(first.astype(np.int16) - second).max(axis=2).astype(np.uint8)
    return difference


def test_the_same_face_gives_the_same_picture(renderer: Renderer) -> None:
    first = renderer.i420(FaceFrame.neutral())
    renderer.i420(posed(weights(jawOpen=1), (0, 0.3, 0, 0, 0, 0)))
    np.testing.assert_array_equal(renderer.i420(FaceFrame.neutral()), first)


def test_an_opening_jaw_darkens_the_mouth_and_leaves_the_upper_face(head: Head) -> None:
    with Renderer(head, SIZE, SIZE, supersample=2) as finer:  # a lash is thinner than a pixel
        closed = finer.rgb(FaceFrame.neutral())
        opened = finer.rgb(posed(weights(jawOpen=0.8)))
    difference = changed(closed, opened)
    rows, columns = np.nonzero(difference > 16)
    assert rows.min() > 0.45 * SIZE
    assert 0.2 * SIZE < columns.min() < columns.max() < 0.8 * SIZE
    mouth = difference > 16
    assert opened[mouth].mean() < closed[mouth].mean() - 10


def test_a_blink_hides_the_iris(renderer: Renderer, head: Head) -> None:
    framing = Framing.of(head, 1.0)
    row, column = pixel(framing, head.eye_centres[0] + np.array([0, 0, head.eye_radius]))
    eye = np.s_[row - 3 : row + 4, column - 3 : column + 4]
    awake = renderer.rgb(FaceFrame.neutral())
    asleep = renderer.rgb(posed(weights(eyeBlinkLeft=1, eyeBlinkRight=1)))
    skin = np.median(asleep[row + 12 : row + 16, column - 3 : column + 4], axis=(0, 1))
    assert np.abs(asleep[eye] - skin).mean() < 0.5 * np.abs(awake[eye] - skin).mean()


@pytest.mark.parametrize("yaw", [0.4, -0.4])
def test_the_face_turns_the_way_it_is_told(yaw: float) -> None:
    """Yaw > 0 is towards the subject's left, which is the right of the picture."""
    head = sample_head()
    face = replace(head, parts=(head.part("skin"), head.part("tooth")))
    bare = replace(head, parts=(head.part("skin"),))
    turned = posed(head=(0, yaw, 0, 0, 0, 0))
    with Renderer(face, SIZE, SIZE) as one, Renderer(bare, SIZE, SIZE) as other:
        _, columns = np.nonzero(changed(one.rgb(turned), other.rgb(turned)) > 16)
    assert len(columns) > 10
    assert (columns.mean() - SIZE / 2) * np.sign(yaw) > 3


@pytest.mark.parametrize(("pitch", "yaw"), [(0.5, 0.8), (-0.5, 0.8), (0.5, -0.8), (-9, -9)])
def test_what_is_never_drawn_is_never_missed(
    head: Head, monkeypatch: pytest.MonkeyPatch, pitch: float, yaw: float
) -> None:
    turned = posed(weights(jawOpen=1), head=(pitch, yaw, 0.3, 0, 0, 0))
    with Renderer(head, SIZE, SIZE) as lean:
        drawn = lean.rgb(turned)
    monkeypatch.setattr(mesh, "_seen", lambda part: np.ones(len(part.faces), np.bool_))
    with Renderer(head, SIZE, SIZE) as whole:
        np.testing.assert_array_equal(drawn, whole.rgb(turned))


def test_gaze_moves_only_the_eyes(renderer: Renderer, head: Head) -> None:
    neutral = FaceFrame.neutral()
    aside = FaceFrame(
        0, neutral.blendshapes, neutral.head, np.array([0.3, 0], np.float32), neutral.camera
    )
    difference = changed(renderer.rgb(neutral), renderer.rgb(aside))
    row, _ = pixel(Framing.of(head, 1.0), head.eye_centres[0])
    rows, _ = np.nonzero(difference > 8)
    assert len(rows) > 10
    assert np.abs(rows - row).max() < 0.1 * SIZE


def test_the_camera_zooms_and_shifts(renderer: Renderer) -> None:
    neutral = renderer.rgb(FaceFrame.neutral())
    for camera in ((0, 0, 1.2), (0.05, 0, 1), (0, -0.05, 1)):
        assert changed(neutral, renderer.rgb(posed(camera=camera))).mean() > 1


@pytest.mark.parametrize(("width", "height"), [(16, 16), (18, 16), (320, 180), (90, 160)])
def test_any_even_size_gives_whole_planes(width: int, height: int) -> None:
    with Renderer(sample_head(), width, height) as renderer:
        planes = renderer.i420(FaceFrame.neutral())
        assert planes.shape == (height * 3 // 2, width)
        assert planes.dtype == np.uint8
        assert planes.flags.c_contiguous
        assert 16 <= planes[:height].min() <= planes[:height].max() <= 235
        assert renderer.rgb(FaceFrame.neutral()).shape == (height, width, 3)


@pytest.mark.parametrize(
    ("width", "height", "field"),
    [
        (14, 64, "width"),
        (1282, 64, "width"),
        (65, 64, "width"),
        (64, 1282, "height"),
        (1280, 722, "height"),
        (722, 1280, "height"),
        (64, 63, "height"),
    ],
)
def test_a_bad_size_is_refused_by_name(width: int, height: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Renderer(sample_head(), width, height)
    assert refused.value.field == field


def test_an_unknown_material_is_refused_by_name() -> None:
    head = sample_head()
    glass = replace(head.parts[0], material="glass")
    with pytest.raises(AssetError, match="glass"):
        Renderer(replace(head, parts=(glass,)), 32, 32)


def test_planes_agree_with_rgb_in_bt601_limited_range(renderer: Renderer) -> None:
    face = FaceFrame.neutral()
    red, green, blue = np.moveaxis(renderer.rgb(face).astype(np.float64), 2, 0)
    luma = 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255
    planes = renderer.i420(face)
    assert np.abs(planes[:SIZE] - luma).mean() < 1.5
    chroma = planes[SIZE:].reshape(2, SIZE // 2, SIZE // 2)
    blueness = 128 + (112.0 * blue - 74.203 * green - 37.797 * red) / 255
    redness = 128 + (112.0 * red - 93.786 * green - 18.214 * blue) / 255
    for plane, wanted in zip(chroma, (blueness, redness), strict=True):
        halved = wanted.reshape(SIZE // 2, 2, SIZE // 2, 2).mean(axis=(1, 3))
        assert np.abs(plane - halved).mean() < 2


@pytest.mark.parametrize("aspect", [1.0, 16 / 9, 9 / 16])
def test_the_whole_head_is_in_the_picture_with_headroom(head: Head, aspect: float) -> None:
    framing = Framing.of(head, aspect)
    project = framing.view_projection(np.array([0, 0, 1], np.float32))
    points = np.concatenate(
        [p.position[p.light[:, 1] > 0.5] for p in head.parts if p.name not in ("eye", "skin")]
    )
    seen = np.hstack([points, np.ones((len(points), 1))]) @ project.T
    x, y = (seen[:, :2] / seen[:, 3:]).T
    assert np.abs(x).max() < 0.95
    assert 0.02 < (y.min() + 1) / 2 < 0.15
    assert y.max() < 0.95


def test_two_renderers_do_not_disturb_each_other(head: Head) -> None:
    face = posed(weights(jawOpen=0.5))
    with Renderer(head, 64, 64) as alone:
        wanted = alone.i420(face)
    with Renderer(head, 64, 64) as one, Renderer(sample_head(), 96, 48) as other:
        other.i420(FaceFrame.neutral())
        np.testing.assert_array_equal(one.i420(face), wanted)
        other.i420(face)
        np.testing.assert_array_equal(one.i420(face), wanted)


def test_a_larger_drawing_is_smoother_but_the_same(head: Head) -> None:
    with (
        Renderer(head, 64, 64, supersample=1) as plain,
        Renderer(head, 64, 64, supersample=3) as fine,
    ):
        difference = changed(plain.rgb(FaceFrame.neutral()), fine.rgb(FaceFrame.neutral()))
    assert 0.1 < difference.mean() < 12


@pytest.mark.parametrize("supersample", [1.0, 1.3, 2.5])
def test_the_way_of_a_gpu_gives_the_same_pictures(head: Head, supersample: float) -> None:
    """Several samples per pixel, planes by a shader: run here in software, not on a GPU."""
    face, size = posed(weights(jawOpen=0.5), head=(0, 0.3, 0, 0, 0, 0)), (130, 96)
    with (
        Renderer(head, *size, supersample=supersample, hardware=False) as plain,
        Renderer(head, *size, supersample=supersample, hardware=True) as fine,
    ):
        assert 0.05 < changed(plain.rgb(face), fine.rgb(face)).mean() < 4
        first, second = plain.i420(face), fine.i420(face)
        assert first.shape == second.shape
        difference = np.abs(first.astype(np.int16) - second)
        assert difference[: size[1]].mean() < 3
        assert difference[size[1] :].mean() < 1.5
        clear = StageSet("none", "soft", (0, 0, 0, 0))
        for renderer in (plain, fine):
            renderer.set_stage(clear, LIGHTS["soft"], "portrait")
        assert changed(plain.rgba(face), fine.rgba(face)).mean() < 7


def test_a_closed_renderer_and_another_thread_are_refused(head: Head) -> None:
    renderer = Renderer(sample_head(), 32, 32)
    refused: list[Exception] = []

    def elsewhere() -> None:
        try:
            renderer.rgb(FaceFrame.neutral())
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert len(refused) == 1
    renderer.close()
    renderer.close()
    with pytest.raises(RuntimeError):
        renderer.rgb(FaceFrame.neutral())


def test_describe_names_the_driver() -> None:
    found = describe()
    assert found["renderer"]
    assert isinstance(found["hardware"], bool)


def test_without_egl_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Exception("libEGL.so not loaded")

    monkeypatch.setattr(gl, "_here", threading.local())
    monkeypatch.setattr(moderngl, "create_context", refuse)
    with pytest.raises(BackendUnavailable, match="libegl1"):
        describe()


def test_a_transparent_set_is_clear_or_green() -> None:
    with Renderer(sample_head(), SIZE, SIZE) as renderer:
        renderer.set_stage(load_set("transparent"), LIGHTS["soft"], "portrait")
        green = renderer.rgb(FaceFrame.neutral())
        clear = renderer.rgba(FaceFrame.neutral()).copy()
    assert green[2, 2].tolist() == pytest.approx(CHROMA_GREEN[:3], abs=2)
    assert clear[2, 2].tolist() == [0, 0, 0, 0]
    assert clear[SIZE // 2, SIZE // 2, 3] == 255
    partly = (clear[..., 3] > 0) & (clear[..., 3] < 255)
    assert 50 < partly.sum() < 0.1 * partly.size, "the edges are soft"
    assert (clear[..., :3] <= clear[..., 3:].astype(np.int16) + 1).all(), "multiplied by alpha"
    inside = clear[..., 3] == 255
    assert np.abs(clear[inside, :3].astype(np.int16) - green[inside]).max() <= 1


def test_straight_colours_are_those_that_were_multiplied() -> None:
    colours = np.array([200, 100, 50])
    alpha = np.arange(256)[:, None, None]
    premultiplied = np.concatenate([(colours * alpha + 127) // 255, alpha], -1).astype(np.uint8)
    divided = straight(premultiplied)
    assert np.array_equal(divided[..., 3:], alpha)
    assert np.abs(divided[128:, :, :3] - colours).max() <= 1
    assert not divided[0].any()


def test_a_place_a_light_and_a_framing_can_be_changed(head: Head) -> None:
    face = FaceFrame.neutral()
    with Renderer(head, SIZE, SIZE) as renderer:
        first = renderer.rgb(face)
        renderer.set_stage(load_set("#102030"), LIGHTS["soft"], "portrait")
        plain = renderer.rgb(face)
        assert plain[1, 1].tolist() == pytest.approx([0x10, 0x20, 0x30], abs=1)
        renderer.set_stage(load_set("#102030"), LIGHTS["soft"], "close")
        assert changed(plain, renderer.rgb(face)).mean() > 3
        with pytest.raises(InvalidInput, match="framing"):
            renderer.set_stage(load_set("#102030"), LIGHTS["soft"], "upside down")
        renderer.resize(96, 64, 2.0)
        assert renderer.rgb(face).shape == (64, 96, 3)
        renderer.set_head(sample_head())
        assert changed(plain[:64, :96], renderer.rgb(face)).mean() > 3
        renderer.set_head(head)
        renderer.set_stage(load_set("gradient"), LIGHTS["soft"], "portrait")
        renderer.resize(SIZE, SIZE, 1.3)
        np.testing.assert_array_equal(renderer.rgb(face), first)


def test_drawing_allocates_no_pictures_and_keeps_nothing(renderer: Renderer) -> None:
    """Small matrices come and go; vertices and pixels stay in the arrays that they have."""
    faces = [posed(weights(jawOpen=share), head=(0, share, 0, 0, 0, 0)) for share in (0.2, 0.7)]
    out = np.empty((SIZE * 3 // 2, SIZE), np.uint8)
    for face in faces:
        renderer.i420(face, out)
        renderer.rgba(face)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for face in faces * 10:
            assert renderer.i420(face, out) is out
            assert renderer.i420(face) is renderer.i420(face)
            assert renderer.rgba(face) is renderer.rgba(face)
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most - before < 16_000
    assert after - before < 2_000


def test_an_array_that_no_picture_fits_is_refused(renderer: Renderer) -> None:
    with pytest.raises(ValueError, match="want contiguous uint8"):
        renderer.i420(FaceFrame.neutral(), np.empty((SIZE, SIZE), np.uint8))


@pytest.mark.parametrize("hardware", [False, True])
def test_a_closed_renderer_leaves_nothing_in_the_driver(
    monkeypatch: pytest.MonkeyPatch, hardware: bool
) -> None:
    ledger = Ledger(monkeypatch)
    with Renderer(sample_head(), 64, 64, hardware=hardware) as renderer:
        for size in (48, 64):
            renderer.set_stage(load_set("studio"), LIGHTS["soft"], "bust")
            renderer.i420(FaceFrame.neutral())
            renderer.resize(size, size, 1.0)
            renderer.set_head(sample_head())
            renderer.rgba(FaceFrame.neutral())
        assert ledger.held() > 0
    assert ledger.held() == 0
