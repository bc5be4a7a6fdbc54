"""GPUs in /metrics, with NVML simulated: none, one that answers, one that does not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from server.gpus import Gpus


class NvmlError(Exception):
    pass


class Nvml:
    """As much of pynvml as is used: ``gpus`` are (percent busy, bytes used), or None if broken."""

    NVMLError = NvmlError

    def __init__(self, *gpus, driver=True):
        self.gpus, self.driver = gpus, driver

    def nvmlInit(self):  # noqa: N802
        if not self.driver:
            raise NvmlError

    def nvmlDeviceGetCount(self):  # noqa: N802
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, number):  # noqa: N802
        return number

    def nvmlDeviceGetUtilizationRates(self, gpu):  # noqa: N802
        if self.gpus[gpu] is None:
            raise NvmlError
        return SimpleNamespace(gpu=self.gpus[gpu][0])

    def nvmlDeviceGetMemoryInfo(self, gpu):  # noqa: N802
        return SimpleNamespace(used=self.gpus[gpu][1])


def told(nvml):
    registry = CollectorRegistry()
    registry.register(Gpus(nvml))
    return {
        (sample.name, sample.labels["gpu"]): sample.value
        for family in registry.collect()
        for sample in family.samples
    }


def test_each_gpu_that_answers_is_told():
    found = told(Nvml((40, 2 << 30), None, (0, 7)))
    assert found == {
        ("visavis_gpu_busy_ratio", "0"): 0.4,
        ("visavis_gpu_memory_bytes", "0"): 2 << 30,
        ("visavis_gpu_busy_ratio", "2"): 0.0,
        ("visavis_gpu_memory_bytes", "2"): 7,
    }


@pytest.mark.parametrize("nvml", [Nvml(), Nvml((1, 1), driver=False)])
def test_without_a_gpu_nothing_is_told(nvml):
    assert told(nvml) == {}


def test_the_library_has_what_is_used():
    pynvml = pytest.importorskip("pynvml")
    for name in (name for name in dir(Nvml) if name.startswith(("nvml", "NVML"))):
        assert hasattr(pynvml, name)
