"""Networks compiled by TensorRT: an ONNX file to an engine for one architecture of GPU.

Both of NVIDIA's packages are used by the same code: ``tensorrt`` for the GPU that is there, of any
kind, and ``tensorrt_rtx``, which builds for the architectures that it lists on any machine.
Names and calls are those of TensorRT's Python API (https://docs.nvidia.com/deeplearning/tensorrt).
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import BackendUnavailable, InvalidInput, VisavisError
from engine.runtime.cuda import Cuda, Device
from engine.runtime.engine_cache import EngineCache, Kept, Recipe
from engine.runtime.half import halved
from engine.runtime.weights import Description

PACKAGES = ("tensorrt", "tensorrt_rtx")
"""Those that an engine can be built by, the one for any GPU first."""

CURRENT = "current"
"""The architecture of the GPU that is there."""

PRECISIONS = {"fp32": "float32", "fp16": "float16"}
"""Precisions by the names that TensorRT's users know."""

NO_FLOAT32 = ("sm75",)
"""Architectures for which TensorRT for RTX (1.7) has no product of float32 matrices: Turing."""

BATCHES = (1, 8, 128)
"""Streams in one call: least, the number to be best at, most."""

FORM = 1
"""To be raised whenever :func:`parsed` makes something else of a network."""

_NICENESS = 10
"""Of a process that compiles beside sessions: it takes what they leave."""

_REMEDY = "run: pip install 'visavis[tensorrt]'"


@dataclass(frozen=True, slots=True)
class Toolkit:
    """One of PACKAGES, as installed."""

    module: Any
    package: str
    version: str

    @property
    def architectures(self) -> tuple[str, ...]:
        """Those it builds for without a GPU of them, such as "sm89"; ascending."""
        listed = getattr(getattr(self.module, "ComputeCapability", None), "__members__", {})
        names = (name.lower() for name in listed if name.startswith("SM"))
        return tuple(sorted(names, key=lambda name: int(name[2:])))


def toolkits() -> list[Toolkit]:
    """What is installed of PACKAGES and can be loaded; BackendUnavailable if nothing."""
    found, missing = [], []
    for package in PACKAGES:
        try:
            module = importlib.import_module(package)
        # Bindings without their libraries fail in more ways than an absent module.
        except (ImportError, OSError) as error:
            missing.append(str(error))
        else:
            found.append(Toolkit(module, package, str(module.__version__)))
    if not found:
        raise BackendUnavailable("tensorrt", "; ".join(missing), _REMEDY)
    return found


def architectures() -> tuple[str, ...]:
    """What can be built for on this machine without a GPU; BackendUnavailable without TensorRT."""
    return tuple(dict.fromkeys(name for kit in toolkits() for name in kit.architectures))


@dataclass(frozen=True, slots=True)
class Order:
    """An engine that is wanted: by whom it is built, and from what."""

    toolkit: Toolkit
    description: Description
    recipe: Recipe

    def fill(self, cache: EngineCache, *, anew: bool = False) -> Kept:
        """The engine, built unless ``cache`` has it; with ``anew`` in any case.

        AssetError for a damaged one, BackendUnavailable if TensorRT cannot build it.
        """
        return cache.obtain(self.recipe, self._build, anew=anew)

    def _build(self) -> bytes:
        return build(self.toolkit, self.description, self.recipe)


def order(
    description: Description,
    architecture: str = CURRENT,
    precision: str | None = None,
    device: Device | None = None,
) -> Order:
    """The engine of a network for an architecture such as "sm89", or for the GPU that is there.

    ``precision`` is one of PRECISIONS' values, by default float32 except for NO_FLOAT32. ``device``
    is that GPU where it is open already. InvalidInput for an architecture that nothing
    here builds for; BackendUnavailable without TensorRT or, for CURRENT, without a GPU.
    """
    kits = toolkits()
    if architecture == CURRENT:
        device = device or Cuda.open()
        toolkit, architecture = _for_device(kits, device)
    else:
        toolkit = _for_architecture(kits, architecture)
    usual = "float16" if architecture in NO_FLOAT32 else "float32"
    recipe = Recipe(
        model=description.name,
        sha256=str(description.values["sha256"]),
        package=toolkit.package,
        version=toolkit.version,
        architecture=architecture,
        precision=precision or usual,
        batches=BATCHES,
        form=FORM,
    )
    return Order(toolkit, description, recipe)


def _for_device(kits: list[Toolkit], device: Device) -> tuple[Toolkit, str]:
    """What builds for ``device``, and for which architecture."""
    for kit in kits:
        if not kit.architectures:
            # An engine of the data-centre package is bound to the very model of GPU.
            return kit, f"{device.architecture} {device.name}"
        if device.architecture in kit.architectures:
            return kit, device.architecture
    known = ", ".join(name for kit in kits for name in kit.architectures)
    reason = f"{device.name} is {device.architecture}, and {kits[-1].package} knows {known}"
    raise BackendUnavailable("tensorrt", reason, "install the package 'tensorrt' from NVIDIA")


def _for_architecture(kits: list[Toolkit], architecture: str) -> Toolkit:
    for kit in kits:
        if architecture in kit.architectures:
            return kit
    known = [name for kit in kits for name in kit.architectures]
    if not known:
        remedy = f"{kits[0].package} builds for the GPU that is there only: use {CURRENT}, or "
        raise BackendUnavailable("tensorrt", f"no {architecture} here", remedy + _REMEDY)
    raise InvalidInput("target", architecture, f"use {CURRENT} or some of {', '.join(known)}")


def build(toolkit: Toolkit, description: Description, recipe: Recipe) -> bytes:
    """The serialised engine; BackendUnavailable with TensorRT's own words if it cannot be built.

    It keeps one core busy for about a second and lets other threads run meanwhile.
    """
    trt = toolkit.module
    log = listener(trt)
    builder = trt.Builder(log)
    network = parsed(trt, builder, log, description, recipe)
    config = builder.create_builder_config()
    # Products rounded to TF32's ten bits would be less than what float32 promises.
    config.clear_flag(trt.BuilderFlag.TF32)
    # TensorRT for RTX: what could not be recorded as a CUDA graph is to be refused here already.
    if hasattr(trt.BuilderFlag, "REQUIRE_USER_ALLOCATION"):
        config.set_flag(trt.BuilderFlag.REQUIRE_USER_ALLOCATION)
    if recipe.architecture in toolkit.architectures:
        config.num_compute_capabilities = 1
        target = getattr(trt.ComputeCapability, recipe.architecture.upper())
        config.set_compute_capability(target, 0)
    profile = builder.create_optimization_profile()
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        one = tuple(tensor.shape)[1:]
        profile.set_shape(tensor.name, *((streams, *one) for streams in recipe.batches))
    config.add_optimization_profile(profile)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise _failed(description, log.heard)
    return bytes(engine)


def parsed(
    trt: Any,  # noqa: ANN401
    builder: Any,  # noqa: ANN401
    log: Any,  # noqa: ANN401
    description: Description,
    recipe: Recipe,
) -> Any:  # noqa: ANN401
    """The network with one input more: ``mask`` (N, 1), false for streams that have no step now.

    Their state stays what it was, so that states can lie on the GPU in fixed rows.
    """
    content = description.verified_bytes()
    if recipe.precision == "float16":
        content = halved(content)
    typed = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(typed)
    parser = trt.OnnxParser(network, log)
    if not parser.parse(content):
        errors = map(parser.get_error, range(parser.num_errors))
        raise _failed(description, [f"{e.node_operator()}: {e.desc()}" for e in errors])
    state = next(t for t in _inputs(network) if t.name == "state")
    following = next(t for t in _outputs(network) if t.name == "next_state")
    mask = network.add_input("mask", trt.bool, (-1, 1))
    kept = network.add_select(mask, following, state).get_output(0)
    network.unmark_output(following)
    following.name, kept.name = "next_state_unmasked", following.name
    network.mark_output(kept)
    return network


def _inputs(network: Any) -> list[Any]:  # noqa: ANN401
    return [network.get_input(index) for index in range(network.num_inputs)]


def _outputs(network: Any) -> list[Any]:  # noqa: ANN401
    return [network.get_output(index) for index in range(network.num_outputs)]


def listener(trt: Any) -> Any:  # noqa: ANN401
    """A TensorRT logger whose ``heard`` lists what went wrong, and nothing else."""

    class Listener(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.heard: list[str] = []

        def log(self, severity: Any, text: str) -> None:  # noqa: ANN401
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                self.heard.append(text)

    return Listener()


def _failed(description: Description, errors: list[str]) -> BackendUnavailable:
    told = "; ".join(dict.fromkeys(errors)) or "no reason given"
    reason = f"it cannot compile {description.file.name}: {told}"
    return BackendUnavailable("tensorrt", reason, "try another precision, or another back end")


def default_targets() -> tuple[str, ...]:
    """The GPU that is there; without one every architecture that can be built for."""
    try:
        Cuda.open()
    except BackendUnavailable:
        return architectures()
    return (CURRENT,)


def main(arguments: Sequence[str]) -> int:
    """Compile one network: FOLDER NAME ARCHITECTURE CACHE; why not, on stderr."""
    folder, name, architecture, cache = arguments
    os.nice(_NICENESS)
    try:
        wanted = order(Description.read(Path(folder), name), architecture)
        wanted.fill(EngineCache(Path(cache)))
    except VisavisError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
