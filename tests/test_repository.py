"""Rules of the repository that a reviewer should not have to remember."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import summary

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = {
    *("engine", "server", "web", "models", "benchmarks", "tests", "docs"),
    *("README.md", "DESIGN.md", "CHANGELOG.md", "LICENSE"),
    *("pyproject.toml", "Makefile", "Dockerfile"),
}
INPUT_OUTPUT = {"asyncio", "aiortc", "aioice", "aiohttp", "socket"}
FORBIDDEN_IMPORTS = {
    "engine": INPUT_OUTPUT | {"server", "models", "benchmarks", "tests"},
    "models": {"server", "benchmarks", "tests"},
    "server": {"models", "tests"},
}
VOCABULARY = {
    *("behaviour", "errors", "face", "look", "options", "phones", "stopwatch", "timeline"),
    *("units", "voice"),
}
ENGINE_ROOMS = {  # and what else each may know
    "speech": {"runtime"},
    "motion": {"runtime"},
    "avatar": set(),
    "render": {"avatar"},
    "encode": set(),
    "runtime": set(),
}
WALL_CLOCKS = {"time.time", "datetime.now", "datetime.utcnow", "datetime.today"}
LONGEST_FILE = 400
MEGABYTE = 1_000_000


def tracked() -> list[Path]:
    """Files under version control, relative to the root."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [Path(name) for name in listing.split("\0") if name and (ROOT / name).is_file()]


def sources(room: str) -> Iterator[tuple[Path, ast.Module]]:
    """Python files of a room, parsed."""
    for path in sorted((ROOT / room).rglob("*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Top-level package names that a file imports anywhere, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0], node.lineno


def called(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Dotted names that a file calls, shortened to their last two parts, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from ((f"time.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call):
            yield ".".join(ast.unparse(node.func).split(".")[-2:]), node.lineno


def test_top_level_is_what_the_readme_promises() -> None:
    found = {path.parts[0] for path in tracked() if not path.parts[0].startswith(".")}
    assert found == TOP_LEVEL


@pytest.mark.parametrize("room", FORBIDDEN_IMPORTS)
def test_import_direction(room: str) -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path, tree in sources(room)
        for name, line in imports(tree)
        if name in FORBIDDEN_IMPORTS[room]
    ]
    assert not wrong


@pytest.mark.parametrize("room", ENGINE_ROOMS)
def test_a_room_of_the_engine_knows_the_vocabulary_and_no_other_room(room: str) -> None:
    allowed = VOCABULARY | {room} | ENGINE_ROOMS[room]
    wrong = [
        f"{path}:{node.lineno} imports {node.module}"
        for path, tree in sources(f"engine/{room}")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("engine.")
        if node.module.split(".")[1] not in allowed
    ]
    assert not wrong


@pytest.mark.parametrize("room", ["engine", "server"])
def test_nothing_in_the_pipeline_reads_the_wall_clock(room: str) -> None:
    wrong = [
        f"{path}:{line} calls {name}"
        for path, tree in sources(room)
        for name, line in called(tree)
        if name in WALL_CLOCKS
    ]
    assert not wrong


def test_the_rules_see_what_they_forbid() -> None:
    tree = ast.parse("import time\nfrom server.app import run\nx = time.time()\n")
    assert "server" in {name for name, _ in imports(tree)}
    assert "time.time" in {name for name, _ in called(tree)}


def test_files_stay_readable_in_one_sitting() -> None:
    long = {}
    for path in tracked():
        if path.suffix in {".py", ".js", ".mjs"}:
            lines = len((ROOT / path).read_text().splitlines())
            if lines > LONGEST_FILE:
                long[str(path)] = lines
    assert not long


def test_assets_stay_small() -> None:
    heads = sum(path.stat().st_size for path in (ROOT / "engine/avatar/heads").glob("*.npz"))
    assert 0 < heads < 10 * MEGABYTE
    weights = sum(f.stat().st_size for f in (ROOT / "models/weights").rglob("*") if f.is_file())
    assert 0 < weights < 20 * MEGABYTE


def test_no_path_of_somebody_s_machine() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:root|home/\w+|work|tmp/(?:venv|bash_jobs)\w*)/")
    wrong = []
    for path in tracked():
        if path.suffix in {".npz", ".onnx", ".png", ".wav", ".ico", ".woff2"}:
            continue
        for number, line in enumerate((ROOT / path).read_text(errors="replace").splitlines(), 1):
            if pattern.search(line) and path.name != Path(__file__).name:
                wrong.append(f"{path}:{number} {line.strip()[:80]}")
    assert not wrong


def test_dockerfile_copies_what_exists() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    kept = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert set(copied) <= kept


def test_every_make_target_is_explained() -> None:
    text = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text, re.M)
    targets = set(phony.split())
    explained = set(re.findall(r"^([a-z]+):.*## \S", text, re.M))
    assert targets == explained
    assert {"setup", "run", "test", "avatar", "train", "bench", "lint"} <= targets


def test_links_in_the_documentation_lead_somewhere() -> None:
    wrong = []
    for path in (ROOT / "README.md", ROOT / "DESIGN.md", *ROOT.glob("docs/*.md")):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
            if "://" not in target and not (path.parent / target).exists():
                wrong.append(f"{path.name} -> {target}")
    assert not wrong


def test_entry_point_and_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"visavis": "server.cli:main"}
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text()
    unbounded = [d for d in project["dependencies"] if "<" not in d and "==" not in d]
    assert not unbounded


def test_the_readme_shows_the_figures_that_were_measured() -> None:
    assert summary.table() in (ROOT / "README.md").read_text()
