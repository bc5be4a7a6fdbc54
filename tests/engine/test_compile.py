"""Engines are built for real here; without a GPU they cannot be run."""

import sys
from pathlib import Path

import pytest

from engine.errors import AssetError, BackendUnavailable, InvalidInput
from engine.runtime import compile as compiling
from engine.runtime.compile import BATCHES, Toolkit, architectures, order, toolkits
from engine.runtime.engine_cache import EngineCache
from engine.runtime.weights import WEIGHTS, Description
from tests.engine.graphics_card import FakeDevice

tensorrt = pytest.importorskip("tensorrt_rtx", reason="pip install 'visavis[tensorrt]'")
NETWORKS = ("phonemes", "motion")


@pytest.fixture(autouse=True)
def no_other_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "PACKAGES", ("tensorrt_rtx",))


def network(name: str = "motion") -> Description:
    return Description.read(WEIGHTS, name)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_an_engine_is_built_without_a_gpu(name: str, precision: str, tmp_path: Path):
    wanted = order(network(name), "sm89", precision)
    built = wanted.fill(EngineCache(tmp_path))
    weights = network(name).values["parameters"] * (2 if precision == "float16" else 4)
    assert not built.cached
    assert weights < len(built.content) < weights + 8_000_000
    assert wanted.fill(EngineCache(tmp_path)).cached


@pytest.mark.parametrize("architecture", ["sm75", "sm80", "sm86", "sm120", "sm121"])
def test_every_listed_architecture_is_built_for(architecture: str, tmp_path: Path):
    assert architecture in architectures()
    wanted = order(network(), architecture)
    assert wanted.fill(EngineCache(tmp_path)).path.name.endswith(
        f"-{architecture}-{wanted.recipe.precision}-tensorrt_rtx.engine"
    )
    assert wanted.recipe.precision == ("float16" if architecture == "sm75" else "float32")


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_every_operator_is_supported_and_any_batch_fits(name: str, precision: str):
    toolkit = toolkits()[0]
    log = compiling.listener(tensorrt)
    builder = tensorrt.Builder(log)
    wanted = order(network(name), "sm89", precision)
    parsed = compiling.parsed(tensorrt, builder, log, network(name), wanted.recipe)
    values = network(name).values
    inputs = {t.name: tuple(t.shape) for t in compiling._inputs(parsed)}
    outputs = {t.name: next(iter(t.shape)) for t in compiling._outputs(parsed)}
    told = {key: (-1, *shape[1:]) for key, shape in values["inputs"].items()}
    assert inputs == {**told, "mask": (-1, 1)}
    assert outputs == dict.fromkeys(values["outputs"], -1)
    types = {t.name: t.dtype for t in compiling._inputs(parsed) + compiling._outputs(parsed)}
    assert types.pop("mask") == tensorrt.bool
    assert set(types.values()) == {tensorrt.float32}
    assert log.heard == []
    assert toolkit.package == "tensorrt_rtx"


def test_the_recipe_names_all_that_the_engine_depends_on():
    recipe = order(network(), "sm89", "float16").recipe
    assert recipe.sha256 == network().values["sha256"]
    assert (recipe.package, recipe.version) == ("tensorrt_rtx", tensorrt.__version__)
    assert (recipe.architecture, recipe.precision, recipe.batches) == ("sm89", "float16", BATCHES)


def test_the_gpu_that_is_there():
    assert order(network(), device=FakeDevice("sm89")).recipe.architecture == "sm89"
    with pytest.raises(BackendUnavailable, match=r"is sm90, and tensorrt_rtx knows sm75"):
        order(network(), device=FakeDevice("sm90"))


def test_an_engine_of_the_data_centre_package_is_bound_to_the_gpu(monkeypatch):
    older = Toolkit(object(), "tensorrt", "11.4")
    monkeypatch.setattr(compiling, "toolkits", lambda: [older, Toolkit(tensorrt, "t", "1")])
    wanted = order(network(), device=FakeDevice("sm90", "NVIDIA H200"))
    assert wanted.toolkit is older
    assert wanted.recipe.architecture == "sm90 NVIDIA H200"
    assert order(network(), "sm89").toolkit.package == "t"


def test_an_architecture_that_nothing_builds_for():
    with pytest.raises(InvalidInput, match=r"use current or some of sm75, sm80"):
        order(network(), "sm90")


def test_without_tensorrt_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "tensorrt_rtx", None)
    with pytest.raises(BackendUnavailable, match=r"pip install 'visavis\[tensorrt\]'"):
        toolkits()


def test_a_network_that_cannot_be_compiled_is_refused_in_tensorrts_words(tmp_path: Path):
    import hashlib

    content = network().verified_bytes().replace(b"Relu", b"Rexu")
    (tmp_path / "motion.onnx").write_bytes(content)
    values = {**network().values, "sha256": hashlib.sha256(content).hexdigest()}
    broken = Description("motion", tmp_path / "motion.onnx", values)
    with pytest.raises(BackendUnavailable, match=r"cannot compile motion.onnx: .*Rexu"):
        order(broken, "sm89").fill(EngineCache(tmp_path))


def test_damaged_weights_are_not_compiled(tmp_path: Path):
    (tmp_path / "motion.onnx").write_bytes(b"")
    damaged = Description("motion", tmp_path / "motion.onnx", network().values)
    with pytest.raises(AssetError, match="SHA-256"):
        order(damaged, "sm89").fill(EngineCache(tmp_path))
