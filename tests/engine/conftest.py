"""Fixtures of more than one file."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.engine.worker_stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    yield Stage(read, write)
    os.close(read)
    os.close(write)
