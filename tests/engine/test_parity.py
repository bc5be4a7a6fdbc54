"""Every back end that works here computes what the reference computes: the networks as the ONNX
standard defines them. Those that this machine lacks are skipped, with the reason."""

import numpy as np
import pytest

from engine.errors import BackendUnavailable
from engine.runtime import half, parity
from engine.runtime import onnx as onnx_runtime
from engine.runtime.base import SteppedModel
from engine.runtime.choice import CANDIDATES, choose
from engine.runtime.onnx import load_cpu
from engine.runtime.weights import WEIGHTS, Description
from tests.engine.network_inputs import NETWORKS, heard, made_up

OTHERS = [candidate.name for candidate in CANDIDATES if candidate.name != "reference"]
HOPS = 12


def loaded(name: str, backend: str) -> SteppedModel:
    try:
        model, _ = choose(WEIGHTS, name, backend)
    except BackendUnavailable as error:
        pytest.skip(str(error))
    wait = getattr(model, "wait", None)
    if wait is not None:
        assert wait(300), "it is still being compiled"
        assert model.backend.startswith(backend), model.reason
    return model


def run(model: SteppedModel, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outputs (hops, streams, …) and last state for inputs (hops, streams, …)."""
    state, outputs = model.initial_state(inputs.shape[1]), []
    for hop in inputs:
        said, state = model.step(hop, state)
        outputs.append(said)
    return np.stack(outputs), state


def tolerance(name: str, precision: str) -> float:
    return Description.read(WEIGHTS, name).tolerance(precision)


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("inputs", [heard, made_up], ids=["voices", "noise"])
def test_a_back_end_computes_what_the_reference_does(name: str, backend: str, inputs):
    model = loaded(name, backend)
    precision = "float16" if "float16" in model.backend else "float32"
    told = inputs(name, 3, HOPS)
    expected, state = run(loaded(name, "reference"), told)
    outputs, following = run(model, told)
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=tolerance(name, precision))
    size = np.abs(state).max()
    np.testing.assert_allclose(following, state, rtol=0, atol=size * tolerance(name, precision))


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize("name", NETWORKS)
def test_company_changes_nothing(name: str, backend: str):
    """However many streams share a call, each gets what it gets alone."""
    model = loaded(name, backend)
    precision = "float16" if "float16" in model.backend else "float32"
    told = made_up(name, 17, 3)
    alone = np.concatenate([run(model, told[:, n : n + 1])[0] for n in range(17)], axis=1)
    for streams in (2, 3, 4, 8, 17):
        together, _ = run(model, told[:, :streams])
        np.testing.assert_allclose(
            together, alone[:, :streams], rtol=0, atol=tolerance(name, precision)
        )


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("inputs", [heard, made_up], ids=["voices", "noise"])
def test_float16_is_within_its_tolerance(name: str, inputs, monkeypatch: pytest.MonkeyPatch):
    """What a GPU computes in float16 is computed here by ONNX Runtime, from the same graph."""
    pytest.importorskip("onnx", reason="the conversion needs onnx")
    told = inputs(name, 2, HOPS)
    exact, _ = run(load_cpu(WEIGHTS, name), told)
    content = half.halved(Description.read(WEIGHTS, name).verified_bytes())
    monkeypatch.setattr(Description, "verified_bytes", lambda _: content)
    halved = onnx_runtime.load_cpu(WEIGHTS, name)
    outputs, _ = run(halved, told)
    assert not np.array_equal(outputs, exact), "nothing was halved"
    np.testing.assert_allclose(outputs, exact, rtol=0, atol=tolerance(name, "float16"))
    parity.verify(halved, Description.read(WEIGHTS, name), "float16")


@pytest.mark.parametrize("name", NETWORKS)
def test_what_ships_is_as_near_to_its_training_as_the_tolerance_says(name: str):
    description = Description.read(WEIGHTS, name)
    for streams in (1, 5):
        found = parity.difference(load_cpu(WEIGHTS, name), description, streams)
        assert found <= description.tolerance("float32")


class Wrong:
    """A back end that computes something else, in one of three ways."""

    backend, batches = "wrong", (1, 8)

    def __init__(self, fault: str) -> None:
        self._right, self._fault = load_cpu(WEIGHTS, "motion"), fault

    def initial_state(self, streams: int) -> np.ndarray:
        return self._right.initial_state(streams)

    def step(self, inputs: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        outputs, following = self._right.step(inputs, state)
        if self._fault == "off":
            return outputs + np.float32(2e-3), following
        if self._fault == "not a number":
            return outputs * np.nan, following
        return outputs, state  # forgets


@pytest.mark.parametrize("fault", ["off", "not a number", "forgets"])
def test_one_that_computes_something_else_is_found_out(fault: str):
    description = Description.read(WEIGHTS, "motion")
    with pytest.raises(BackendUnavailable, match=r"differ by .* from the reference"):
        parity.verify(Wrong(fault), description)
