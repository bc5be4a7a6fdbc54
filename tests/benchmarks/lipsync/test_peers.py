from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the bench needs scipy")

from benchmarks.lipsync import peers
from benchmarks.lipsync.peers import PACKAGES, PEERS, VISEMES, Peer, of_cues, of_visemes
from engine.errors import BackendUnavailable
from tests.benchmarks.lipsync.made_up import clip

CUES = [{"start": 0.1, "value": "A"}, {"start": 0.05, "value": "D"}, {"start": 0.2, "value": "G"}]


def test_a_cue_holds_until_the_next() -> None:
    lips = of_cues(CUES, 25)
    assert lips["aperture"][[0, 4, 5, 9, 10, 19, 20]].tolist() == pytest.approx(
        [0, 0, 1, 1, 0, 0, 0.12]
    )
    assert lips["labiodental"][[19, 20, 24]].tolist() == [0, 1, 1]


def test_a_viseme_at_its_height_is_the_full_shape() -> None:
    weights = 0.65 * np.eye(len(VISEMES))
    lips = of_visemes(weights)
    assert lips["aperture"][VISEMES.index("aa")] == pytest.approx(1)
    assert lips["aperture"][VISEMES.index("PP")] == 0
    assert lips["rounding"][VISEMES.index("U")] == pytest.approx(1)
    assert lips["labiodental"][VISEMES.index("FF")] == pytest.approx(1)


def test_without_npm_the_error_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(BackendUnavailable, match=r"npm is not installed.*Node"):
        peers.install(tmp_path / "peers")


def test_without_network_the_error_says_what_npm_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "npm"
    script.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(script))
    with pytest.raises(BackendUnavailable, match=r"rhubarb-lip-sync-wasm@.*ENOTFOUND"):
        peers.install(tmp_path / "peers")


def test_what_is_there_in_the_right_version_is_not_fetched_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, version in PACKAGES.items():
        package = tmp_path / "node_modules" / name
        package.mkdir(parents=True)
        (package / "package.json").write_text(json.dumps({"version": version}))
    monkeypatch.setattr(shutil, "which", lambda name: pytest.fail("npm was asked for"))
    assert peers.install(tmp_path) == tmp_path / "node_modules"


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver that needs no package: it answers every task with one cue."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    monkeypatch.setattr(peers, "DRIVERS", tmp_path)
    path = tmp_path / "driver.mjs"
    path.write_text(
        'import fs from "node:fs";\n'
        "const [packages, tasks, mode] = process.argv.slice(2);\n"
        'for (const { words, answer } of JSON.parse(fs.readFileSync(tasks, "utf8"))) {\n'
        '  if (words === "fail") throw new Error("no such word");\n'
        '  fs.writeFileSync(answer, JSON.stringify([{ start: 0, value: "D" }]));\n'
        '  process.stdout.write("done\\n");\n'
        "}\n"
    )
    return path


def peer() -> Peer:
    rhubarb = PEERS[0]
    return Peer(
        "a peer", "it all", False, rhubarb.package, "driver.mjs", "m", rhubarb.sound, rhubarb.lips
    )


def test_a_driver_answers_once_and_is_remembered(driver: Path, tmp_path: Path) -> None:
    packages = tmp_path / "node_modules"
    clips, said = [clip("a"), clip("b", seed=2)], list[str]()
    first = peer().speak(packages, clips, said.append)
    assert {name: lips["aperture"].tolist() for name, lips in first.items()} == {
        one.name: [1.0] * one.length for one in clips
    }
    assert said == ["a peer, 1 of 2 clips", "a peer, 2 of 2 clips"]
    peer().speak(packages, clips, said.append)
    assert len(said) == 2


def test_a_driver_that_fails_is_named_with_its_error(driver: Path, tmp_path: Path) -> None:
    failing = clip("a")
    object.__setattr__(failing, "words", "fail")
    with pytest.raises(BackendUnavailable, match=r"driver\.mjs.*no such word"):
        peer().speak(tmp_path / "node_modules", [failing], lambda text: None)


@pytest.mark.parametrize("name", ["rhubarb.mjs", "headaudio.mjs"])
def test_drivers_are_valid_javascript(name: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    subprocess.run([node, "--check", str(peers.DRIVERS / name)], check=True)


def test_every_peer_has_a_pinned_package_and_a_driver() -> None:
    for one in PEERS:
        assert one.package in PACKAGES
        assert (peers.DRIVERS / one.driver).is_file()
    assert len({one.name for one in PEERS}) == len(PEERS)
