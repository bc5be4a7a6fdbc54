"""A GPU that is none: memory by address, work that is done only when it is waited for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.errors import BackendUnavailable


class FakeDevice:
    """See :class:`engine.runtime.cuda.Device`.

    Like a real one it does nothing before it has to: whoever reads results without waiting, or
    changes what is still to be read, gets wrong ones.
    """

    stream = 77

    def __init__(self, architecture: str = "sm89", name: str = "A card") -> None:
        self.architecture = architecture
        self.name = name
        self.memory: dict[int, np.ndarray] = {}
        self.host: dict[int, np.ndarray] = {}
        self.launches = 0
        self.recorded = 0
        self.recordable = True
        self.failing = False
        self._queue: list[Callable[[], None]] = []
        self._next = 1 << 20

    def enter(self) -> None:
        pass

    def allocate(self, size: int) -> int:
        address = self._next
        self._next += size + 4096
        self.memory[address] = np.zeros(size, np.uint8)
        return address

    def host_array(self, shape, dtype):
        array = np.zeros(shape, dtype)
        self.host[array.ctypes.data] = array
        return array

    def free(self, address: int) -> None:
        del self.memory[address]

    def free_host(self, array) -> None:
        del self.host[array.ctypes.data]

    def bytes_at(self, address: int, size: int) -> np.ndarray:
        """The memory itself; it must have been allocated in one piece."""
        for start, memory in self.memory.items():
            if start <= address and address + size <= start + len(memory):
                return memory[address - start :][:size]
        raise AssertionError(f"{size} bytes at {address} were never allocated")

    def ask(self, work: Callable[[], None]) -> None:
        """Put something into the stream."""
        self._queue.append(work)

    def upload(self, address: int, values) -> None:
        assert values.flags.c_contiguous
        target = self.bytes_at(address, values.nbytes)

        def copy() -> None:
            target[:] = values.reshape(-1).view(np.uint8)

        self.ask(copy)

    def download(self, values, address: int) -> None:
        assert values.flags.c_contiguous
        source = self.bytes_at(address, values.nbytes)

        def copy() -> None:
            values.reshape(-1).view(np.uint8)[:] = source

        self.ask(copy)

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        if not self.recordable:
            raise BackendUnavailable("cuda", "cannot be recorded", "nothing")
        before, self._queue = self._queue, []
        work()
        recorded, self._queue = self._queue, before
        self.recorded += 1

        def launch() -> None:
            self.launches += 1
            self._queue.extend(recorded)

        return launch

    def wait(self) -> None:
        queue, self._queue = self._queue, []
        if self.failing:
            raise BackendUnavailable("cuda", "an illegal memory access", "nothing")
        for work in queue:
            work()
