"""From a network's name to a model on a card that is none."""

from dataclasses import replace
from enum import Enum
from pathlib import Path

import numpy as np
import pytest

from engine.errors import BackendUnavailable
from engine.runtime import compile as compiling
from engine.runtime import tensorrt as runtime
from engine.runtime.choice import NotTaken, choose
from engine.runtime.compile import Order, Toolkit
from engine.runtime.engine_cache import EngineCache
from engine.runtime.onnx import load_cpu
from engine.runtime.weights import WEIGHTS, Description
from tests.engine.graphics_card import FakeDevice, FakeTensorRT

PATIENCE_S = 20


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeTensorRT:
    trt = FakeTensorRT(FakeDevice("sm89"))
    monkeypatch.setenv("VISAVIS_ENGINES", str(tmp_path))
    monkeypatch.setattr(runtime.Cuda, "open", lambda: trt.device)
    monkeypatch.setattr(compiling, "toolkits", lambda: [Toolkit(trt, "tensorrt_rtx", "1.7")])
    return trt


def wanted(card: FakeTensorRT, name: str = "motion") -> Order:
    return compiling.order(Description.read(WEIGHTS, name), device=card.device)


def keep(card: FakeTensorRT, name: str = "motion", content: bytes | None = None) -> Path:
    return EngineCache().write(wanted(card, name).recipe, content or name.encode())


def stepped(model, name: str = "motion") -> None:
    """It computes what ONNX Runtime does."""
    exact = load_cpu(WEIGHTS, name)
    shape = Description.read(WEIGHTS, name).values["inputs"]["features"][1:]
    inputs = np.random.default_rng(0).random((2, *shape), np.float32)
    state = exact.initial_state(2)
    for given, expected in zip(model.step(inputs, state), exact.step(inputs, state), strict=True):
        np.testing.assert_allclose(given, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["phonemes", "motion"])
def test_an_engine_that_is_kept_is_taken_at_once(card: FakeTensorRT, name: str):
    keep(card, name)
    model = runtime.load(WEIGHTS, name)
    assert (model.backend, model.precision) == ("tensorrt", "float32")
    stepped(model, name)


def test_turing_runs_in_float16(card: FakeTensorRT):
    card.ComputeCapability = Enum("ComputeCapability", ["SM75"])
    card.device.architecture = "sm75"
    keep(card)
    assert runtime.load(WEIGHTS, "motion").precision == "float16"


def test_without_one_it_is_compiled_aside(card: FakeTensorRT, monkeypatch: pytest.MonkeyPatch):
    asked = []

    def compile_aside(folder: Path, name: str, cache: EngineCache) -> None:
        asked.append((folder, name, cache.folder))
        keep(card, name)

    monkeypatch.setattr(runtime, "_compile_aside", compile_aside)
    model = runtime.load(WEIGHTS, "motion")
    stepped(model)
    assert model.wait(PATIENCE_S)
    assert asked == [(WEIGHTS, "motion", EngineCache().folder)]
    assert model.backend == "tensorrt"
    stepped(model)


def test_a_compiler_that_fails_is_no_obstacle(card: FakeTensorRT):
    """A real process, which finds no GPU, or no TensorRT."""
    model = runtime.load(WEIGHTS, "motion")
    assert model.wait(PATIENCE_S)
    if model.reason is None:
        pytest.skip("there is a GPU")
    assert "compiling failed: " in model.reason
    assert model.backend == "onnxruntime-cpu"
    stepped(model)


def test_a_damaged_one_is_refused_and_another_back_end_taken(card: FakeTensorRT):
    path = keep(card)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BackendUnavailable, match=r"engine '.*damaged; run 'visavis compile"):
        runtime.load(WEIGHTS, "motion")
    model, findings = choose(WEIGHTS, "motion")
    assert model.backend == "onnxruntime-cpu"
    assert isinstance(findings[0], NotTaken)
    assert path.name in findings[0].reason


def test_one_that_tensorrt_refuses_is_not_run(card: FakeTensorRT):
    keep(card, content=b"something else")
    with pytest.raises(BackendUnavailable, match=r"no engine at all.*visavis compile --force"):
        runtime.load(WEIGHTS, "motion")


def test_one_that_computes_something_else_is_not_run(
    card: FakeTensorRT, monkeypatch: pytest.MonkeyPatch
):
    keep(card)
    wrong = Description.read(WEIGHTS, "motion").reference()
    monkeypatch.setattr(Description, "reference", lambda _: (wrong[0], wrong[1] + 0.01))
    with pytest.raises(BackendUnavailable, match=r"differ by 0[.]01 from the reference"):
        runtime.load(WEIGHTS, "motion")


def test_kernels_of_the_card_are_kept_for_the_next_start(card: FakeTensorRT):
    keep(card)
    initial = np.zeros((1, 3648), np.float32)
    runtime.load(WEIGHTS, "motion").streams(initial)
    assert card.kernels == []
    runtime.load(WEIGHTS, "motion").streams(initial)
    assert card.kernels == [b"kernels"]
    recipe = wanted(card).recipe
    kept = replace(recipe, model="motion_kernels", architecture="sm89 A card")
    EngineCache().path(kept).write_bytes(b"damaged")
    assert runtime.load(WEIGHTS, "motion").backend == "tensorrt"


def test_the_data_centre_package_has_no_kernels_to_keep(card: FakeTensorRT, tmp_path: Path):
    card.jit = False
    keep(card)
    model = runtime.load(WEIGHTS, "motion")
    model.streams(np.zeros((1, 3648), np.float32))
    stepped(model)
    assert [path.suffix for path in tmp_path.iterdir()] == [".engine"]
