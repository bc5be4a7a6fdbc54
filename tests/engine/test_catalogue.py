"""Heads by name: ours, a user's own, and what is said when there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.avatar import catalogue
from engine.avatar.rig import DEFAULT, load_head, read_about
from engine.errors import AssetError, InvalidInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(DEFAULT, tmp_path / "anna.npz")
    (tmp_path / "notes.txt").write_text("no head")
    return tmp_path


def test_the_default_comes_first_and_names_are_unique(folder: Path) -> None:
    ours = catalogue.names()
    assert ours[0] == DEFAULT.stem == "nora"
    assert len(set(ours)) == len(ours) == 8
    assert catalogue.names(folder) == (*ours, "anna")


def test_a_name_and_its_alias_load_the_same_head() -> None:
    assert catalogue.load("default").name == catalogue.load("nora").name == "nora"


def test_titles_are_read_without_the_geometry(folder: Path) -> None:
    titles = [catalogue.title(name) for name in catalogue.names()]
    assert len(set(titles)) == len(titles)
    assert catalogue.title("anna", folder) == catalogue.title("default") == "Nora"
    assert read_about(DEFAULT)["style"] == "natural"


def test_a_user_s_own_goes_before_ours_of_the_same_name(folder: Path) -> None:
    shutil.copy(folder / "anna.npz", folder / "theo.npz")
    assert catalogue.path_of("theo", folder).parent == folder
    assert catalogue.names(folder).count("theo") == 1


@pytest.mark.parametrize("name", ["nobody", "../nora", "notes", ""])
def test_an_unknown_name_is_answered_with_those_there_are(name: str, folder: Path) -> None:
    with pytest.raises(InvalidInput, match=r"use one of nora, .*anna") as caught:
        catalogue.load(name, folder)
    assert not isinstance(caught.value, AssetError)


def test_a_damaged_file_is_named_with_the_way_to_mend_it(folder: Path) -> None:
    whole = (folder / "anna.npz").read_bytes()
    for content in (b"", b"no zip", whole[: len(whole) // 2], whole[:-40]):
        (folder / "anna.npz").write_bytes(content)
        for ask in (catalogue.load, catalogue.title):
            with pytest.raises(AssetError, match="visavis avatar build anna"):
                ask("anna", folder)


def test_a_head_of_another_version_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.avatar.rig.VERSION", 1)
    with pytest.raises(AssetError, match="version"):
        load_head(folder / "anna.npz")
