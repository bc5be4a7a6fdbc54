"""What the host does for an engine, on a card that is none; no engine is run here."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import AtCapacity, BackendUnavailable
from engine.runtime import rows as rows_module
from engine.runtime import tensorrt as runtime
from engine.runtime.onnx import load_cpu
from engine.runtime.parity import verify
from engine.runtime.streams import Streams
from engine.runtime.tensorrt import TensorRTModel
from engine.runtime.weights import WEIGHTS, Description
from tests.engine.graphics_card import FakeDevice, fake_model

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def device() -> FakeDevice:
    return FakeDevice()


@pytest.fixture
def model(device: FakeDevice) -> TensorRTModel:
    return fake_model(device)


def features(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, 2, 244), np.float32)


def some_state(model: TensorRTModel) -> np.ndarray:
    return np.random.default_rng(9).random(model.initial_state(1).shape, np.float32)


@pytest.mark.parametrize("name", ["phonemes", "motion"])
def test_it_computes_what_the_reference_says(device: FakeDevice, name: str):
    verify(fake_model(device, name), Description.read(WEIGHTS, name))


def test_steps_with_states_of_the_host(model: TensorRTModel):
    exact = load_cpu(WEIGHTS, "motion")
    state = model.initial_state(3)
    for index in range(4):
        inputs = features(3, index)
        before = state.copy()
        expected = exact.step(inputs, state)
        outputs, following = model.step(inputs, state)
        np.testing.assert_allclose(outputs, expected[0], atol=1e-6)
        np.testing.assert_allclose(following, expected[1], atol=1e-6)
        np.testing.assert_array_equal(state, before)
        state = following


def test_streams_are_offered_with_states_on_the_device(model: TensorRTModel, device: FakeDevice):
    streams = Streams.of(model, some_state(model))
    assert streams.backend == "tensorrt"
    slots = [streams.open() for _ in range(3)]
    launches = device.launches
    streams.step(slots, features(3))
    assert device.launches == launches + 1


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_nobody_changes_what_another_is_told(data: st.DataObject):
    """Whoever joins, leaves, starts again or has no step: each stream is as if alone."""
    model = fake_model(FakeDevice())
    alone = load_cpu(WEIGHTS, "motion")
    initial = some_state(model)
    streams = model.streams(initial)
    states: dict[int, np.ndarray] = {}
    for index in range(data.draw(st.integers(2, 8))):
        action = data.draw(st.sampled_from(["open", "open", "close", "reset", "step", "step"]))
        if action == "open":
            states[streams.open()] = initial
        elif states and action == "close":
            slot = data.draw(st.sampled_from(sorted(states)))
            streams.close(slot)
            del states[slot]
        elif states and action == "reset":
            slot = data.draw(st.sampled_from(sorted(states)))
            streams.reset(slot)
            states[slot] = initial
        elif states:
            slots = data.draw(st.lists(st.sampled_from(sorted(states)), min_size=1, unique=True))
            inputs = features(len(slots), index)
            outputs = streams.step(slots, inputs)
            for place, slot in enumerate(slots):
                expected, states[slot] = alone.step(inputs[place, None], states[slot])
                np.testing.assert_allclose(outputs[place], expected[0], atol=1e-5)
        for slot, state in states.items():
            np.testing.assert_allclose(streams.state(slot), state[0], atol=1e-5)


def test_bad_numbers_of_one_stream_stay_with_it(model: TensorRTModel):
    streams = model.streams(some_state(model))
    good, bad = streams.open(), streams.open()
    inputs = features(2)
    expected, _ = load_cpu(WEIGHTS, "motion").step(inputs[:1], some_state(model))
    inputs[1] = np.nan
    outputs = streams.step([good, bad], inputs)
    np.testing.assert_allclose(outputs[0], expected[0], atol=1e-5)
    assert np.isfinite(streams.state(good)).all()
    assert np.isfinite(streams.step([good], features(1))).all()


def test_input_that_cannot_be_used_makes_no_step(model: TensorRTModel):
    streams = model.streams(some_state(model))
    slot = streams.open()
    before = streams.state(slot)
    for slots, inputs in (([slot], features(1)[:, :1, :3]), ([slot, slot], features(2))):
        with pytest.raises(ValueError):
            streams.step(slots, inputs)
    with pytest.raises(ValueError, match="slot 5 is not open"):
        streams.step([5], features(1))
    with pytest.raises(ValueError, match="slot 1 is not open"):
        streams.close(1)
    np.testing.assert_array_equal(streams.state(slot), before)


def test_each_size_is_recorded_once_and_before_it_is_needed(
    model: TensorRTModel, device: FakeDevice
):
    streams = model.streams(some_state(model))
    assert device.recorded == 8  # 1, 2, 4 … 128 rows
    slots = [streams.open() for _ in range(128)]
    for count in (1, 2, 3, 64, 65, 128):
        streams.step(slots[:count], features(count))
    assert device.recorded == 8
    assert device.launches == 6


def test_more_than_the_engine_takes_are_refused(model: TensorRTModel):
    streams = model.streams(some_state(model))
    for _ in range(128):
        streams.open()
    with pytest.raises(AtCapacity):
        streams.open()
    streams.close(77)
    assert streams.open() == 77


def test_what_cannot_be_recorded_is_done_call_by_call(device: FakeDevice):
    device.recordable = False
    model = fake_model(device)
    verify(model, Description.read(WEIGHTS, "motion"))
    assert device.launches == 0


def test_a_card_that_fails_is_no_silent_error(model: TensorRTModel, device: FakeDevice):
    streams = model.streams(some_state(model))
    slot = streams.open()
    device.failing = True
    with pytest.raises(BackendUnavailable, match="illegal memory access"):
        streams.step([slot], features(1))


def test_without_a_gpu_the_reason_is_said():
    pytest.importorskip("cuda.bindings.driver", reason="pip install 'visavis[tensorrt]'")
    try:
        runtime.Cuda.open()
    except BackendUnavailable as error:
        assert "driver" in str(error)
        with pytest.raises(BackendUnavailable, match="nvidia-smi"):
            runtime.load(WEIGHTS, "motion")
    else:
        pytest.skip("there is a GPU")


def called_on(text: str, name: str) -> set[str]:
    """Attributes that the code uses of what it calls ``name`` or ``self.name``."""

    def is_it(node: ast.expr) -> bool:
        return name == (node.id if isinstance(node, ast.Name) else getattr(node, "attr", None))

    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)]
    return {node.attr for node in nodes if is_it(node.value)}


def test_every_call_that_needs_a_gpu_is_in_the_installed_package():
    """What cannot be run here is at least there, by the names under which we use it."""
    trt = pytest.importorskip("tensorrt_rtx", reason="pip install 'visavis[tensorrt]'")
    loading = Path(runtime.__file__).read_text()
    stepping = Path(rows_module.__file__).read_text()
    used = {
        trt.Runtime: called_on(loading, "runtime"),
        trt.ICudaEngine: called_on(loading, "engine"),
        trt.IRuntimeConfig: called_on(loading, "config"),
        trt.IRuntimeCache: called_on(loading, "kernels"),
        trt.IExecutionContext: called_on(loading + stepping, "context")
        | set(re.findall(r'getattr\(context, "([a-z_]+)"', stepping)),
    }
    assert all(len(names) > 0 for names in used.values())
    for owner, names in used.items():
        assert {name for name in names if not hasattr(owner, name)} == set(), owner
    for enumeration in re.findall(r"trt\.([A-Z]\w+)\.([A-Z_]+)", loading):
        assert hasattr(getattr(trt, enumeration[0]), enumeration[1])
    assert hasattr(trt.DynamicShapesKernelSpecializationStrategy, "EAGER")


def test_every_call_of_the_driver_is_in_its_bindings():
    driver = pytest.importorskip("cuda.bindings.driver", reason="pip install 'visavis[tensorrt]'")
    text = (ROOT / "engine" / "runtime" / "cuda.py").read_text()
    calls = set(re.findall(r"river\.(cu[A-Z]\w+)", text))
    assert len(calls) > 15
    assert {name for name in calls if not hasattr(driver, name)} == set()
    assert hasattr(driver.CUstream_flags, "CU_STREAM_NON_BLOCKING")
    assert hasattr(driver.CUstreamCaptureMode, "CU_STREAM_CAPTURE_MODE_THREAD_LOCAL")
    for part in ("MAJOR", "MINOR"):
        assert hasattr(driver.CUdevice_attribute, f"CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_{part}")


def test_compiling_aside_leaves_an_engine_or_the_reason(tmp_path: Path):
    pytest.importorskip("tensorrt_rtx", reason="pip install 'visavis[tensorrt]'")
    command = [sys.executable, "-m", "engine.runtime.compile", str(WEIGHTS), "motion"]
    done = subprocess.run([*command, "sm89", str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == 0
    assert len(list(tmp_path.glob("motion-*-sm89-float32-*.engine"))) == 1
    refused = subprocess.run(
        [*command, "sm1", str(tmp_path)], cwd=ROOT, capture_output=True, check=False
    )
    assert refused.returncode == 1
    assert b"'sm1' is not usable" in refused.stderr
