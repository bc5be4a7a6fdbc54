"""From one back end to another between two steps, and back."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from engine.errors import BackendUnavailable
from engine.runtime.onnx import OnnxModel, load_cpu
from engine.runtime.switching import Switching
from engine.runtime.weights import WEIGHTS
from tests.engine.graphics_card import FakeDevice, fake_model

TOLERANCE = 1e-5
BATCHES = (1, 128)
PATIENCE_S = 20


@pytest.fixture(scope="module")
def exact() -> OnnxModel:
    return load_cpu(WEIGHTS, "motion")


class Slow:
    """A back end that is ready when it is told to be."""

    def __init__(self, model: object) -> None:
        self.model = model
        self.asked, self.go_on = threading.Event(), threading.Event()

    def __call__(self):
        self.asked.set()
        assert self.go_on.wait(PATIENCE_S)
        if isinstance(self.model, Exception):
            raise self.model
        return self.model


def heard(hops: int, streams: int = 1) -> Iterator[np.ndarray]:
    """Input that drifts, as a voice's does: noise would hide a jump."""
    source = np.random.default_rng(4)
    value = source.random((streams, 2, 244), np.float32)
    for _ in range(hops):
        value = np.clip(value + source.normal(0, 0.05, value.shape), 0, 1).astype(np.float32)
        yield value


def initial(model: OnnxModel) -> np.ndarray:
    return np.random.default_rng(5).random(model.initial_state(1).shape, np.float32)


def throughout(model: OnnxModel, hops: int, streams: int) -> list[np.ndarray]:
    """The outputs of one back end from the first hop to the last."""
    state = np.repeat(initial(model), streams, axis=0)
    outputs = []
    for inputs in heard(hops, streams):
        given, state = model.step(inputs, state)
        outputs.append(given)
    return outputs


def test_the_first_session_waits_for_nothing(exact: OnnxModel):
    slow = Slow(fake_model(FakeDevice()))
    switching = Switching(exact, BATCHES)
    switching.become_later(slow)
    assert slow.asked.wait(PATIENCE_S)
    streams = switching.streams(initial(exact))
    streams.step([streams.open()], next(heard(1)))
    assert streams.backend == switching.backend == "onnxruntime-cpu"
    slow.go_on.set()
    assert switching.wait(PATIENCE_S)
    assert switching.backend == "tensorrt"


@pytest.mark.parametrize("at", [0, 1, 7, 19])
def test_the_motion_does_not_jump(exact: OnnxModel, at: int):
    slow = Slow(fake_model(FakeDevice()))
    switching = Switching(exact, BATCHES)
    streams = switching.streams(initial(exact))
    slots = [streams.open() for _ in range(3)]
    switching.become_later(slow)
    used = []
    for hop, (inputs, expected) in enumerate(
        zip(heard(20, 3), throughout(exact, 20, 3), strict=True)
    ):
        if hop == at:
            slow.go_on.set()
            assert switching.wait(PATIENCE_S)
        np.testing.assert_allclose(streams.step(slots, inputs), expected, atol=TOLERANCE)
        used.append(streams.backend)
    assert used == ["onnxruntime-cpu"] * at + ["tensorrt"] * (20 - at)


def test_states_of_the_host_go_over_too(exact: OnnxModel):
    slow = Slow(fake_model(FakeDevice()))
    switching = Switching(exact, BATCHES)
    switching.become_later(slow)
    state = initial(exact)
    for hop, (inputs, expected) in enumerate(zip(heard(8), throughout(exact, 8, 1), strict=True)):
        if hop == 4:
            slow.go_on.set()
            assert switching.wait(PATIENCE_S)
        outputs, state = switching.step(inputs, state)
        np.testing.assert_allclose(outputs, expected, atol=TOLERANCE)
    assert switching.backend == "tensorrt"


def test_slots_keep_their_numbers(exact: OnnxModel):
    switching = Switching(exact, BATCHES)
    streams = switching.streams(initial(exact))
    slots = [streams.open() for _ in range(5)]
    streams.close(slots[1])
    streams.step([slots[3]], next(heard(1)))
    states = {slot: streams.state(slot) for slot in (0, 2, 3, 4)}
    switching.become(fake_model(FakeDevice()))
    streams.step([slots[4]], next(heard(1)))
    for slot in (0, 2, 3):
        np.testing.assert_array_equal(streams.state(slot), states[slot])
    assert streams.open() == 1
    np.testing.assert_array_equal(streams.state(1), initial(exact)[0])
    streams.reset(3)
    np.testing.assert_array_equal(streams.state(3), initial(exact)[0])


def test_streams_made_after_the_change_begin_there(exact: OnnxModel):
    device = FakeDevice()
    switching = Switching(exact, BATCHES)
    switching.become(fake_model(device))
    streams = switching.streams(initial(exact))
    launches = device.launches
    outputs = streams.step([streams.open()], next(heard(1)))
    np.testing.assert_allclose(outputs, throughout(exact, 1, 1)[0], atol=TOLERANCE)
    assert device.launches == launches + 1


@pytest.mark.parametrize(
    "error", [BackendUnavailable("tensorrt", "no room", "buy more"), RuntimeError("out of words")]
)
def test_what_cannot_be_prepared_leaves_it_as_it_is_and_says_why(
    exact: OnnxModel, error: Exception, caplog: pytest.LogCaptureFixture
):
    slow = Slow(error)
    switching = Switching(exact, BATCHES)
    streams = switching.streams(initial(exact))
    slot = streams.open()
    switching.become_later(slow)
    slow.go_on.set()
    assert switching.wait(PATIENCE_S)
    for inputs, expected in zip(heard(3), throughout(exact, 3, 1), strict=True):
        np.testing.assert_array_equal(streams.step([slot], inputs), expected)
    assert switching.backend == "onnxruntime-cpu"
    assert switching.reason == str(error)
    assert str(error) in caplog.text


def test_a_card_that_fails_later_costs_no_session(exact: OnnxModel):
    device = FakeDevice()
    switching = Switching(exact, BATCHES)
    streams = switching.streams(initial(exact))
    slots = [streams.open() for _ in range(3)]
    streams.close(slots.pop(1))
    switching.become(fake_model(device))
    streams.step(slots, next(heard(1, 2)))
    device.failing = True
    # What the card knew is lost: they start again, as after silence.
    for inputs, expected in zip(heard(4, 2), throughout(exact, 4, 2), strict=True):
        np.testing.assert_allclose(streams.step(slots, inputs), expected, atol=TOLERANCE)
    assert switching.backend == streams.backend == "onnxruntime-cpu"
    assert "illegal memory access" in str(switching.reason)
    assert streams.open() == 1


def test_a_card_that_fails_costs_states_of_the_host_nothing(exact: OnnxModel):
    device = FakeDevice()
    switching = Switching(exact, BATCHES)
    switching.become(fake_model(device))
    device.failing = True
    outputs, _ = switching.step(next(heard(1)), initial(exact))
    np.testing.assert_allclose(outputs, throughout(exact, 1, 1)[0], atol=TOLERANCE)


def test_more_streams_than_the_card_has_rows_stay_where_they_are(exact: OnnxModel):
    switching = Switching(exact, BATCHES)
    streams = switching.streams(initial(exact))
    slots = [streams.open() for _ in range(130)]
    switching.become(fake_model(FakeDevice()))
    outputs = streams.step(slots, next(heard(1, 130)))
    np.testing.assert_allclose(outputs, throughout(exact, 1, 130)[0], atol=TOLERANCE)
    assert switching.backend == "onnxruntime-cpu"
    assert switching.reason is not None
