"""The first NVIDIA GPU through CUDA's driver: memory, copies, recorded work.

As much of it as running an engine needs, so that a test can stand in for the device.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine.errors import BackendUnavailable

_REMEDY = "it needs an NVIDIA GPU with its driver; `nvidia-smi` must list it"


class Device(Protocol):
    """One GPU with one stream of work, done in order; what is asked for is done by :meth:`wait`.

    Memory is given for as long as the process lives, as the networks are that it is for.
    """

    @property
    def name(self) -> str:
        """The GPU's name, such as "NVIDIA GeForce RTX 4090"."""
        ...

    @property
    def architecture(self) -> str:
        """Its compute capability, such as "sm89"."""
        ...

    @property
    def stream(self) -> int:
        """The CUDA stream's handle."""
        ...

    def enter(self) -> None:
        """Let the calling thread use the device; again costs next to nothing."""
        ...

    def allocate(self, size: int) -> int:
        """Address of ``size`` bytes of zeros on the device."""
        ...

    def host_array(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Zeros in memory that the device reaches by itself, so that copies need no processor."""
        ...

    def upload(self, address: int, values: NDArray[Any]) -> None:
        """Ask for contiguous host ``values`` to be copied to the device."""
        ...

    def download(self, values: NDArray[Any], address: int) -> None:
        """Ask for contiguous host ``values`` to be filled from the device."""
        ...

    def copy(self, address: int, source: int, size: int) -> None:
        """Ask for ``size`` bytes to be copied from one place on the device to another."""
        ...

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """What does all at once what ``work`` asks the stream for (a CUDA graph).

        ``work`` is called once and nothing of it is done. BackendUnavailable if it asks for
        anything that cannot be recorded.
        """
        ...

    def wait(self) -> None:
        """Until all that was asked for is done; BackendUnavailable if some of it failed."""
        ...


class Cuda:
    """The first GPU, with a stream of its own; see :class:`Device`."""

    def __init__(self, driver: Any) -> None:  # noqa: ANN401
        self._driver = driver
        self._call(driver.cuInit, 0)
        device = self._call(driver.cuDeviceGet, 0)
        self.name: str = self._call(driver.cuDeviceGetName, 256, device).split(b"\0")[0].decode()
        attribute = driver.CUdevice_attribute
        prefix = "CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_"
        capability = (getattr(attribute, prefix + part) for part in ("MAJOR", "MINOR"))
        digits = (self._call(driver.cuDeviceGetAttribute, each, device) for each in capability)
        self.architecture = "sm" + "".join(map(str, digits))
        # The primary context is the one that TensorRT's own CUDA runtime uses.
        self._context = self._call(driver.cuDevicePrimaryCtxRetain, device)
        self.enter()
        non_blocking = driver.CUstream_flags.CU_STREAM_NON_BLOCKING
        self._stream = self._call(driver.cuStreamCreate, int(non_blocking))
        self.stream = int(self._stream)

    @staticmethod
    def open() -> Cuda:
        """The first GPU; BackendUnavailable if there is none, or nothing to reach it by."""
        try:
            driver = importlib.import_module("cuda.bindings.driver")
        except ImportError as error:
            remedy = "run: pip install 'visavis[tensorrt]'"
            raise BackendUnavailable("cuda", str(error), remedy) from error
        return Cuda(driver)

    def enter(self) -> None:
        """See :class:`Device`."""
        self._call(self._driver.cuCtxSetCurrent, self._context)

    def allocate(self, size: int) -> int:
        """See :class:`Device`."""
        address = self._call(self._driver.cuMemAlloc, size)
        self._call(self._driver.cuMemsetD8Async, address, 0, size, self._stream)
        return int(address)

    def host_array(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """See :class:`Device`."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        address = int(self._call(self._driver.cuMemAllocHost, size))
        memory = (ctypes.c_ubyte * size).from_address(address)
        array: NDArray[Any] = np.ndarray(shape, dtype, memoryview(memory))
        array.fill(0)
        return array

    def upload(self, address: int, values: NDArray[Any]) -> None:
        """See :class:`Device`."""
        copy = self._driver.cuMemcpyHtoDAsync
        self._call(copy, address, values.ctypes.data, values.nbytes, self._stream)

    def download(self, values: NDArray[Any], address: int) -> None:
        """See :class:`Device`."""
        copy = self._driver.cuMemcpyDtoHAsync
        self._call(copy, values.ctypes.data, address, values.nbytes, self._stream)

    def copy(self, address: int, source: int, size: int) -> None:
        """See :class:`Device`."""
        self._call(self._driver.cuMemcpyDtoDAsync, address, source, size, self._stream)

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """See :class:`Device`."""
        driver = self._driver
        # What other threads of the process ask of the GPU meanwhile is no business of ours.
        mode = driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
        self._call(driver.cuStreamBeginCapture, self._stream, mode)
        try:
            work()
        finally:
            # Ends the recording whatever happened in it, or the stream could not be used again.
            graph = self._call(driver.cuStreamEndCapture, self._stream)
        launchable = self._call(driver.cuGraphInstantiate, graph, 0)
        self._call(driver.cuGraphDestroy, graph)
        return lambda: self._call(driver.cuGraphLaunch, launchable, self._stream)

    def wait(self) -> None:
        """See :class:`Device`."""
        self._call(self._driver.cuStreamSynchronize, self._stream)

    def _call(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        """What ``function`` gives beside its status; BackendUnavailable if it failed."""
        try:
            status, *given = function(*arguments)
        except RuntimeError as error:  # the driver's library, or this function in it, is missing
            name = function.__name__
            reason = "no driver is installed" if name == "cuInit" else f"its driver has no {name}"
            raise BackendUnavailable("cuda", reason, _REMEDY) from error
        if status != self._driver.CUresult.CUDA_SUCCESS:
            _, told = self._driver.cuGetErrorString(status)
            reason = told.decode() if told else str(status)
            raise BackendUnavailable("cuda", f"{function.__name__}: {reason}", _REMEDY)
        return given[0] if given else None
