import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import AssetError, BackendUnavailable, InvalidInput
from engine.runtime.onnx import OnnxModel, load_cpu
from engine.runtime.weights import MANIFEST, MOTION_FILE, WEIGHTS, Description, named, names


@pytest.fixture(scope="module")
def network() -> OnnxModel:
    return load_cpu(WEIGHTS, "phonemes")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    return folder


def edit_manifest(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["models"]["phonemes"].update(changes)
    (folder / MANIFEST).write_text(json.dumps(manifest))


def steps(count: int, streams: int = 1) -> np.ndarray:
    noise = np.random.default_rng(3).normal(-4, 3, (count, streams, 2, 40))
    return noise.astype(np.float32)


def test_streams_together_equal_each_alone(network: OnnxModel):
    inputs = steps(8, streams=3)
    together_state = network.initial_state(3)
    alone_states = [network.initial_state(1) for _ in range(3)]
    for step in inputs:
        together, together_state = network.step(step, together_state)
        for stream in range(3):
            alone, alone_states[stream] = network.step(
                step[stream : stream + 1], alone_states[stream]
            )
            np.testing.assert_allclose(together[stream], alone[0], atol=1e-5)


def test_a_step_leaves_the_given_state_as_it_was(network: OnnxModel):
    state = network.initial_state(1)
    _, following = network.step(steps(1)[0], state)
    assert not state.any()
    assert following.any()


def test_shapes_are_those_of_the_manifest(network: OnnxModel):
    values = Description.read(WEIGHTS, "phonemes").values
    outputs, state = network.step(steps(1)[0], network.initial_state(1))
    assert list(outputs.shape[1:]) == values["outputs"]["posteriors"][1:]
    assert list(state.shape[1:]) == values["outputs"]["next_state"][1:]


def test_damaged_weights_are_refused_by_name(copied: Path):
    file = copied / "phonemes.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(AssetError, match=r"phonemes\.onnx.*damaged"):
        load_cpu(copied, "phonemes")


def test_missing_weights_are_refused_by_name(copied: Path):
    (copied / "phonemes.onnx").unlink()
    with pytest.raises(AssetError, match=r"phonemes\.onnx.*cannot be read"):
        load_cpu(copied, "phonemes")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"models": {}}', '{"models": {"phonemes": {}}}'])
def test_an_unusable_manifest_is_refused(copied: Path, text: str):
    (copied / MANIFEST).write_text(text)
    with pytest.raises(AssetError, match="make train"):
        Description.read(copied, "phonemes")


def test_a_missing_manifest_is_refused(tmp_path: Path):
    with pytest.raises(AssetError, match=r"manifest\.json"):
        Description.read(tmp_path, "phonemes")


def test_a_file_that_is_no_network_is_refused(copied: Path):
    content = b"not a network"
    (copied / "phonemes.onnx").write_bytes(content)
    edit_manifest(copied, sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(AssetError, match="cannot load"):
        load_cpu(copied, "phonemes")


def test_without_onnx_runtime_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BackendUnavailable, match="make setup"):
        load_cpu(WEIGHTS, "phonemes")


@pytest.fixture
def own_models(tmp_path: Path) -> Path:
    """A folder with two models of the user's, and what is none."""
    for name, files in {
        "zoe": (MANIFEST, MOTION_FILE),
        "anna": (MANIFEST, MOTION_FILE),
        "default": (MANIFEST, MOTION_FILE),
        "halfway": (MANIFEST,),
        "empty": (),
    }.items():
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).touch()
    (tmp_path / "notes.txt").touch()
    return tmp_path


def test_models_are_found_by_name(own_models: Path):
    assert names(own_models) == ["default", "anna", "zoe"]
    assert named("anna", own_models) == own_models / "anna"
    assert named("default", own_models) == WEIGHTS, "the product's own cannot be replaced"
    assert names() == ["default"]
    assert named("default") == WEIGHTS


@pytest.mark.parametrize("name", ["halfway", "empty", "notes.txt", "nobody", "..", "anna/../zoe"])
def test_an_unknown_model_is_answered_with_those_there_are(own_models: Path, name: str):
    with pytest.raises(InvalidInput, match="use one of default, anna, zoe") as caught:
        named(name, own_models)
    assert (caught.value.field, caught.value.value) == ("motion_model", repr(name))


def test_where_no_folder_was_given_that_is_said():
    with pytest.raises(InvalidInput, match="--models or VISAVIS_MODELS"):
        named("anna")
