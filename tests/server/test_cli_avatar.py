import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.avatar.head import build
from engine.avatar.rig import DEFAULT, load_head
from server import cli_avatar
from server.cli import app
from server.cli_options import FAILED, WRONG_INPUT

runner = CliRunner()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and a sculptor that takes no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VISAVIS_AVATARS", raising=False)
    head = load_head(DEFAULT)

    def sculpted(path: Path):
        character = build.read_character(path)
        return replace(head, name=character.name, title=character.title)

    monkeypatch.setattr(build, "build_file", sculpted)
    (tmp_path / "anna.toml").write_text('title = "Anna K."')
    return tmp_path


def avatar(*arguments: str) -> Result:
    return runner.invoke(app, ["avatar", *arguments])


def told(result: Result) -> str:
    return " ".join(result.output.split())


def test_list_names_ours_and_one_s_own(elsewhere: Path):
    shutil.copy(DEFAULT, elsewhere / "anna.npz")
    result = avatar("list", "--avatars", str(elsewhere))
    assert result.exit_code == 0
    for word in ("nora", "Theo", "toon", "facet", "anna"):
        assert word in result.output


def test_list_tells_every_option():
    result = avatar("list", "--options")
    assert result.exit_code == 0
    for word in ("jaw_width", "iris_inner", "fringe"):
        assert word in result.output


def test_a_file_of_one_s_own_is_built_where_serve_can_be_pointed_at(elsewhere: Path):
    assert avatar("build", "anna.toml").exit_code == 0
    assert load_head(elsewhere / "avatars" / "anna.npz").title == "Anna K."
    assert "nora" in avatar("list").output


def test_the_folder_may_be_given_or_come_from_the_environment(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("VISAVIS_AVATARS", "mine")
    assert avatar("build", "anna.toml").exit_code == 0
    assert avatar("build", "anna.toml", "--out", "given").exit_code == 0
    assert (elsewhere / "mine/anna.npz").is_file() and (elsewhere / "given/anna.npz").is_file()


def test_nothing_of_one_s_own_is_replaced_unasked():
    assert avatar("build", "anna.toml").exit_code == 0
    result = avatar("build", "anna.toml")
    assert result.exit_code == WRONG_INPUT and "--force" in told(result)
    assert avatar("build", "anna.toml", "--force").exit_code == 0


def test_a_wrong_option_is_told_in_one_line(elsewhere: Path):
    (elsewhere / "anna.toml").write_text("[face]\nwidht = 1")
    result = avatar("build", "anna.toml")
    assert result.exit_code == WRONG_INPUT
    assert "anna.toml: [face] widht: 1 is not usable" in told(result)
    assert "did you mean width?" in told(result)


@pytest.mark.parametrize("name", ["nobody", "nobody.toml"])
def test_an_unknown_character_is_told(name: str):
    result = avatar("build", name)
    assert result.exit_code == WRONG_INPUT and name in told(result)


def test_missing_packages_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cli_avatar, "find_spec", lambda name: None if name == "skimage" else name)
    result = avatar("build", "anna.toml")
    assert result.exit_code == FAILED
    assert "scikit-image not installed" in told(result) and ".ci/setup sculpt" in told(result)


def test_sheets_of_one_and_of_several(elsewhere: Path):
    assert avatar("sheet", "nora", "--out", "one.png", "--tile", "64").exit_code == 0
    result = avatar("sheet", "nora", "theo", "--out", "two.png", "--tile", "64")
    assert "two.png: 128 x 64 pixels" in told(result)
    assert (elsewhere / "one.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["nobody"], "use one of nora"),
        (["nora", "--out", "face.jpg"], "ends in .png"),
        (["nora", "--tile", "63"], "even number"),
        (["nora", "--tile", "5000"], "from 64 to 640"),
        (["nora", "--out", "anna.png"], "--force"),
    ],
)
def test_a_sheet_that_cannot_be_drawn_is_told(arguments: list[str], remedy: str, elsewhere: Path):
    (elsewhere / "anna.png").write_text("a picture of hers")
    result = avatar("sheet", *arguments)
    assert result.exit_code == WRONG_INPUT
    assert remedy in told(result)
    assert (elsewhere / "anna.png").read_text() == "a picture of hers"
