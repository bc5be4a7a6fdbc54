import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server import cli

pytest.importorskip("tensorrt_rtx", reason="pip install 'visavis[tensorrt]'")


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["compile", *arguments], prog_name="visavis")


def said(result: Result) -> str:
    """What was printed, in one line and without colours."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", result.output).split())


def test_both_networks_are_built_and_found_again(tmp_path: Path) -> None:
    asked = ("--target", "sm89", "--precision", "fp16", "--cache", str(tmp_path / "engines"))
    first, second = invoke(*asked), invoke(*asked)
    assert first.exit_code == second.exit_code == 0
    for network in ("phonemes", "motion"):
        row = rf"{network} │ sm89 │ float16 │ \d\.\d MB │ \d\.\d │ "
        assert re.search(row + "built", said(first))
        assert re.search(row + "cached", said(second))
    assert len(list((tmp_path / "engines").glob("*.engine"))) == 2


def test_a_damaged_engine_is_named_and_can_be_built_again(tmp_path: Path) -> None:
    asked = ("--target", "sm89", "--cache", str(tmp_path))
    invoke(*asked)
    path = next(tmp_path.glob("motion-*.engine"))
    path.write_bytes(b"")
    result = invoke(*asked)
    assert result.exit_code == 1
    assert "visavis compile --force" in said(result)
    assert path.name in said(result).replace(" ", "")
    assert re.search("motion │ sm89 │ float32 │ │ │ failed", said(result))
    assert "1 engines" not in said(result)
    assert invoke(*asked, "--force").exit_code == 0
    assert path.stat().st_size > 1_000_000


def test_an_architecture_that_is_none(tmp_path: Path) -> None:
    result = invoke("--target", "sm89,sm90", "--cache", str(tmp_path))
    assert result.exit_code == 2
    assert "visavis: target: 'sm90' is not usable; use current or some of sm75" in said(result)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = invoke("--target", "sm89", "--cache", str(tmp_path / "file"))
    assert result.exit_code == 1
    assert "name another" in said(result)
