"""What a head was made from, and results that are kept while that stays the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.avatar.head import digest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of three modules in a checkout: one imports two, which import nothing."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "top.py").write_text(
        "from engine.avatar.head.low import (\n    a,\n)\n\n\ndef f():\n"
        "    from engine.avatar.head.late import b\n"
    )
    (tmp_path / "low.py").write_text("a = 1\n")
    (tmp_path / "late.py").write_text("from engine.avatar.head.low import a as b\n")
    (tmp_path / "other.py").write_text("")
    monkeypatch.setattr(digest, "HERE", tmp_path)
    monkeypatch.setattr(digest, "KEPT", tmp_path / "build" / "head")
    monkeypatch.setattr(digest, "_memory", {})
    return tmp_path


def test_sources_are_followed_wherever_they_are_imported(folder: Path) -> None:
    assert [path.stem for path in digest.sources("top")] == ["late", "low", "top"]
    assert [path.stem for path in digest.sources("other")] == ["other"]


def test_a_digest_changes_with_what_is_imported_and_with_texts(folder: Path) -> None:
    before = digest.source_digest("top", "width = 1")
    assert digest.source_digest("top", "width = 1") == before
    assert digest.source_digest("top", "width = 2") != before
    (folder / "other.py").write_text("c = 3\n")
    assert digest.source_digest("top", "width = 1") == before
    (folder / "low.py").write_text("a = 2\n")
    assert digest.source_digest("top", "width = 1") != before


def test_a_result_is_kept_until_its_sources_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def make() -> dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]:
        made.append(1)
        return {"count": np.array([len(made)])}

    assert digest.kept("top", make)["count"] == 1
    assert digest.kept("top", make)["count"] == 1
    monkeypatch.setattr(digest, "_memory", {})
    assert digest.kept("top", make)["count"] == 1, "from disk, in another process"
    (folder / "low.py").write_text("a = 2\n")
    assert digest.kept("top", make)["count"] == 2
    assert len(list((folder / "build" / "head").iterdir())) == 1, "the older one is gone"


def test_nothing_is_written_where_there_is_no_checkout(folder: Path) -> None:
    (folder / "pyproject.toml").unlink()
    assert digest.kept("top", lambda: {"a": np.zeros(1)})["a"] == 0
    assert not (folder / "build").exists()
