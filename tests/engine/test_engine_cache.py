import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import AssetError, InvalidInput
from engine.runtime.engine_cache import EngineCache, Recipe, default_folder

RECIPE = Recipe(
    model="motion",
    sha256="ab" * 32,
    package="tensorrt_rtx",
    version="1.7.1",
    architecture="sm89",
    precision="float16",
    batches=(1, 8, 128),
    form=1,
)
OTHERS = {
    "model": "phonemes",
    "sha256": "cd" * 32,
    "package": "tensorrt",
    "version": "1.8",
    "architecture": "sm120",
    "precision": "float32",
    "batches": (1, 8, 64),
    "form": 2,
}


@pytest.fixture
def cache(tmp_path: Path) -> EngineCache:
    return EngineCache(tmp_path / "engines")


def never() -> bytes:
    raise AssertionError("built although it is there")


def test_an_engine_is_built_once(cache: EngineCache):
    first = cache.obtain(RECIPE, lambda: b"engine")
    second = cache.obtain(RECIPE, never)
    assert (first.content, first.cached) == (b"engine", False)
    assert (second.content, second.cached) == (b"engine", True)
    assert first.path == second.path


@pytest.mark.parametrize("part", OTHERS)
def test_an_engine_of_another_recipe_is_not_used(cache: EngineCache, part: str):
    cache.write(RECIPE, b"engine")
    other = replace(RECIPE, **{part: OTHERS[part]})
    assert cache.read(other) is None
    assert cache.obtain(other, lambda: b"its own").content == b"its own"
    assert cache.read(other) == b"its own"


@pytest.mark.parametrize("part", ["version", "batches", "form"])
def test_a_stale_engine_is_replaced(cache: EngineCache, part: str):
    cache.write(RECIPE, b"old")
    cache.write(replace(RECIPE, **{part: OTHERS[part]}), b"new")
    assert cache.read(RECIPE) is None
    assert len(list(cache.folder.glob("*.engine"))) == 1


def test_a_foreign_engine_that_took_the_name_is_not_used(cache: EngineCache):
    cache.write(replace(RECIPE, architecture="sm120"), b"engine")
    foreign = cache.path(replace(RECIPE, architecture="sm120"))
    foreign.rename(cache.path(RECIPE))
    assert cache.read(RECIPE) is None


def test_every_damaged_byte_is_refused_by_name_with_the_remedy(cache: EngineCache):
    path = cache.write(RECIPE, b"engine")
    whole = path.read_bytes()
    for index in range(len(whole)):
        damaged = bytearray(whole)
        damaged[index] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(AssetError, match="damaged; run 'visavis compile --force'") as info:
            cache.read(RECIPE)
        assert path.name in str(info.value)
        assert str(cache.folder) in str(info.value)


@pytest.mark.parametrize("length", [0, 4, 11, 40, -1])
def test_a_truncated_one_is_refused(cache: EngineCache, length: int):
    path = cache.write(RECIPE, b"engine")
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(AssetError, match="damaged"):
        cache.obtain(RECIPE, never)


def test_a_damaged_one_is_replaced_when_that_is_asked_for(cache: EngineCache):
    path = cache.write(RECIPE, b"engine")
    path.write_bytes(b"")
    assert cache.obtain(RECIPE, lambda: b"new", anew=True).content == b"new"
    assert cache.read(RECIPE) == b"new"


def test_a_failed_build_or_write_leaves_nothing(
    cache: EngineCache, monkeypatch: pytest.MonkeyPatch
):
    def fails() -> bytes:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        cache.obtain(RECIPE, fails)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InvalidInput, match="No space left"):
        cache.write(RECIPE, b"engine")
    assert cache.read(RECIPE) is None
    assert [path.suffix for path in cache.folder.iterdir()] == [".lock"]


def test_one_builds_and_the_others_wait(cache: EngineCache):
    building, go_on = threading.Event(), threading.Event()
    results = []

    def slow() -> bytes:
        building.set()
        go_on.wait(10)
        return b"engine"

    first = threading.Thread(target=lambda: results.append(cache.obtain(RECIPE, slow).cached))
    first.start()
    assert building.wait(10)
    second = threading.Thread(target=lambda: results.append(cache.obtain(RECIPE, never).cached))
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert sorted(results) == [False, True]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match=r"cache: .*file.*name another"):
        EngineCache(tmp_path / "file" / "engines").obtain(RECIPE, lambda: b"")


def test_where_engines_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("VISAVIS_ENGINES", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "visavis" / "engines"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert default_folder() == Path.home() / ".cache" / "visavis" / "engines"
    monkeypatch.setenv("VISAVIS_ENGINES", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"
