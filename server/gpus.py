"""How busy NVIDIA GPUs of this machine are and what they hold, from NVML; nothing where none is.

The whole of each GPU is told, whoever uses it: a neighbour that fills it is what one wants to see.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class Gpus(Collector):
    """Two gauges with a sample for each GPU; ``nvml`` is the module ``pynvml`` (nvidia-ml-py)."""

    def __init__(self, nvml: Any = None) -> None:  # noqa: ANN401 (a module without type information)
        self._nvml, self._gpus = _started(nvml)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families, empty without a GPU; one that does not answer is left out."""
        busy = GaugeMetricFamily(
            "visavis_gpu_busy_ratio", "Share of time in which a GPU computed.", labels=["gpu"]
        )
        memory = GaugeMetricFamily("visavis_gpu_memory_bytes", "Memory in use.", labels=["gpu"])
        for number, gpu in enumerate(self._gpus):
            try:
                share = self._nvml.nvmlDeviceGetUtilizationRates(gpu).gpu / 100
                used = self._nvml.nvmlDeviceGetMemoryInfo(gpu).used
            except self._nvml.NVMLError:
                continue
            busy.add_metric([str(number)], share)
            memory.add_metric([str(number)], used)
        yield busy
        yield memory


def _started(nvml: Any) -> tuple[Any, list[Any]]:  # noqa: ANN401
    try:
        nvml = nvml or importlib.import_module("pynvml")
    except ImportError:
        return None, []
    try:
        nvml.nvmlInit()
        return nvml, [nvml.nvmlDeviceGetHandleByIndex(n) for n in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError:  # no driver, or no GPU
        return nvml, []
