from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from engine.errors import BackendUnavailable, InvalidInput
from engine.face import INDEX
from engine.look import FRAMINGS
from engine.quality import QUALITIES
from engine.render import sets
from engine.render.lights import LIGHTS
from server import cli
from server.cli_options import parse_size
from tests.conftest import vowels, write_wav

JAW_OPEN = INDEX["jawOpen"]
ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    ["serve"],
    ["render"],
    ["motion"],
    ["phones"],
    ["avatar"],
    ["avatar", "list"],
    ["avatar", "build"],
    ["avatar", "sheet"],
    ["doctor"],
    ["bench"],
    ["bench", "latency"],
    ["compile"],
    ["bench", "engine"],
    ["bench", "render"],
    ["bench", "lipsync"],
    ["bench", "viewers"],
    ["bench", "network"],
    ["bench", "soak"],
]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments), prog_name="visavis")


def said(result: Result) -> str:
    """What was printed, in one line and without colours."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", result.output).split())


def documented() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "README.md", *ROOT.glob("docs/*.md")))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_teaches_with_an_example(command: list[str]) -> None:
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    assert f"visavis {command[0]}" in said(result)
    if command not in (["bench"], ["avatar"]):
        assert "Example" in said(result)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_is_in_the_documentation(command: list[str]) -> None:
    options = set(re.findall(r"--[a-z][a-z-]+", said(invoke(*command, "--help")))) - {"--help"}
    missing = {option for option in options if option not in documented()}
    assert not missing


@pytest.mark.parametrize(
    ("arguments", "field", "remedy"),
    [
        (["motion", "missing.wav", "o.npz"], "IN", "check the path"),
        (["motion", "in.wav", "o.txt"], "OUT", "ends in .csv or .npz"),
        (["phones", "missing.wav"], "IN", "check the path"),
        (["phones", "in.wav", "o.srt"], "OUT", "ends in .jsonl or .TextGrid"),
        (["motion", "in.wav", "o.npz", "--articulation", "3"], "articulation", "from 0 to 2"),
        (["motion", "in.wav", "o.npz", "--motion-model", "anna"], "motion_model", "one of default"),
        (["render", "in.wav", "o.mp4", "--models", "nowhere"], "models", "give a folder"),
        (["serve", "--motion-model", "../up"], "motion_model", "a name of letters"),
        (["motion", "in.wav", "o.npz", "--look-ahead", "161"], "look_ahead_ms", "from 0 to 160"),
        (["render", "in.wav", "o.mp4", "--size", "big"], "size", "like 512x512"),
        (["render", "in.wav", "o.mp4", "--size", "511x512"], "width", "even"),
        (["render", "in.wav", "o.mp4", "--size", "512x9999"], "height", "from 16 to 1280"),
        (["render", "in.wav", "o.mp4", "--fps", "24"], "fps", "25 or 30"),
        (["render", "in.wav", "o.mp4", "--bitrate", "5"], "video_bitrate", "from 100000"),
        (["render", "in.wav", "o.mp4", "--avatar", "elvis"], "avatar", "use one of nora"),
        (["render", "in.wav", "o.mp4", "--set", "moon"], "set", "use one of gradient"),
        (["render", "in.wav", "o.mp4", "--set", "moon.jpg"], "set", "use one of gradient"),
        (["render", "in.wav", "o.mp4", "--light", "moon"], "light", "soft"),
        (["render", "in.wav", "o.mp4", "--framing", "far"], "framing", "close"),
        (["render", "in.wav", "o.mp4", "--quality", "best"], "quality", "high"),
        (["render", "in.wav", "o.mp4", "--sets", "nowhere"], "sets", "give a folder"),
        (["render", "in.wav", "o.png"], "OUT", "out/%05d.png"),
        (["render", "in.wav", "a/b/o.csv"], "OUT", "create it first"),
        (["serve", "--vmc", "here:there"], "vmc", "HOST:PORT"),
        (["serve", "--badge", "x" * 25], "badge", "1 to 24 characters"),
        (["serve", "--badge", "off", "--badge-corner", "middle"], "badge_corner", "top-left"),
        (["render", "in.wav", "o.mp4", "--badge-opacity", "0.1"], "badge_opacity", "off"),
        (["render", "in.wav", "o.mp4", "--c2pa", "maybe"], "c2pa", "required"),
        (["serve", "--c2pa-cert", "missing.pem"], "c2pa_key", "give both"),
        (["render", "in.wav", "a/b/%05d.png"], "OUT", "create it first"),
        (["render", "in.wav", "o.gif"], "OUT", "ends in .mp4 or .webm"),
        (["serve", "--avatar", "elvis"], "avatar", "use one of nora"),
        (["serve", "--avatars", "nowhere"], "avatars", "give a folder"),
        (["serve", "--max-size", "320x240"], "size", "at most 320x240"),
        (["serve", "--max-size", "big"], "max_size", "like 512x512"),
        (["serve", "--port", "70000"], "port", "from 0 to 65535"),
        (["compile", "--precision", "int8"], "precision", "use fp32 or fp16"),
        (["serve", "--max-sessions", "0"], "max_sessions", "from 1 to 64"),
        (["serve", "--workers", "-1"], "workers", "from 1 to 64"),
        (["serve", "--cert", "cert.pem"], "key", "both"),
        (["serve", "--token", "short"], "token", "8 to 256"),
        (["serve", "--max-viewers", "1001"], "max_viewers", "from 0 to 1000"),
        (["serve", "--udp-ports", "50000"], "udp_ports", "50000-50100"),
        (["serve", "--udp-ports", "50100-50000"], "udp_ports", "low-high"),
        (["serve", "--stun", "example.org"], "stun", "stun:stun.example.org"),
        (["serve", "--turn", "turn:example.org"], "turn_secret", "shared secret"),
        (["serve", "--turn-secret", "s3cret"], "turn", "the relay"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str],
    field: str,
    remedy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / "in.wav", vowels(0.1))
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert f"visavis: {field}: " in said(result)
    assert remedy in said(result)
    assert "Traceback" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]


@pytest.mark.parametrize("name", sorted({*sets.names(), *LIGHTS, *FRAMINGS, *QUALITIES}))
def test_every_name_that_can_be_chosen_is_in_help_and_documentation(name: str) -> None:
    assert re.search(rf"\b{name}\b", said(invoke("serve", "--help")))
    assert f"`{name}`" in (ROOT / "docs" / "commands.md").read_text()


def test_other_deliberate_errors_are_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise BackendUnavailable("renderer", "no EGL", "install libegl1")

    monkeypatch.setattr("server.doctor.examine", broken)
    result = invoke("doctor")
    assert result.exit_code == 1
    assert said(result) == "visavis: renderer is not available: no EGL; install libegl1"


def test_our_own_mistakes_are_not_dressed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("server.doctor.examine", broken)
    assert isinstance(invoke("doctor").exception, ZeroDivisionError)


def test_serve_hands_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    configured = []
    monkeypatch.setattr("server.app.run", configured.append)
    result = invoke(
        *("serve", "--host", "0.0.0.0", "--port", "0", "--look-ahead", "40", "--fps", "30"),
        *("--size", "640x360", "--max-sessions", "2", "--workers", "3", "--articulation", "1.4"),
    )
    assert result.exit_code == 0, result.output
    (config,) = configured
    assert (config.host, config.port, config.max_sessions, config.workers) == ("0.0.0.0", 0, 2, 3)
    options = config.defaults
    assert (options.look_ahead_ms, options.fps) == (40, 30)
    assert (options.width, options.height, options.articulation) == (640, 360, 1.4)


def test_the_network_and_who_may_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    configured = []
    monkeypatch.setattr("server.app.run", configured.append)
    monkeypatch.setenv("VISAVIS_TOKEN", "out-of-the-environment")
    monkeypatch.setenv("VISAVIS_TURN_SECRET", "s3cret")
    result = invoke(
        *("serve", "--udp-ports", "50000-50100", "--stun", "stun:stun.example.org"),
        *("--turn", "turn:a.example:3478", "--turn", "turns:a.example:5349?transport=tcp"),
        *("--max-viewers", "7"),
    )
    assert result.exit_code == 0, result.output
    (config,) = configured
    assert (config.token, config.max_viewers) == ("out-of-the-environment", 7)
    network = config.network
    assert network.udp_ports == (50_000, 50_100) and network.stun == ("stun:stun.example.org",)
    assert network.turn == ("turn:a.example:3478", "turns:a.example:5349?transport=tcp")
    assert network.turn_secret == "s3cret"


def test_models_may_be_named_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured = []
    monkeypatch.setattr("server.app.run", configured.append)
    monkeypatch.setenv("VISAVIS_MODELS", str(tmp_path))
    assert invoke("serve").exit_code == 0
    assert configured[0].models == tmp_path
    assert configured[0].defaults.motion_model == "default"


def test_render_makes_a_film_and_says_how_fast(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", vowels(0.5))
    target = tmp_path / "out.mp4"
    result = invoke("render", str(source), str(target), "--size", "64x48", "--fps", "30")
    assert result.exit_code == 0, result.output
    assert "15 pictures for 0.5 s of sound" in said(result)
    assert "times as fast as it plays" in said(result)
    with av.open(str(target)) as file:
        video = file.streams.video[0]
        assert (video.width, video.height, video.average_rate) == (64, 48, 30)
    again = invoke("render", str(source), str(target))
    assert again.exit_code == 2 and "--force" in said(again)
    assert invoke("render", str(source), str(target), "--size", "64x48", "--force").exit_code == 0


def test_motion_obeys_the_look_ahead(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", vowels(1.0))
    found = []
    for ahead in ("0", "160"):
        target = tmp_path / f"{ahead}.npz"
        result = invoke("motion", str(source), str(target), "--look-ahead", ahead)
        assert result.exit_code == 0, result.output
        with np.load(target) as arrays:
            found.append(arrays["blendshapes"])
    assert found[0].shape == found[1].shape == (100, 52)
    assert not np.array_equal(*found)


def test_phones_go_to_the_terminal_or_to_a_file(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", vowels(1.0))
    result = invoke("phones", str(source))
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert rows[0]["start_s"] == 0 and rows[-1]["end_s"] == 1.0
    target = tmp_path / "out.jsonl"
    again = invoke("phones", str(source), str(target))
    assert again.exit_code == 0 and f"{len(rows)} phones for 1.0 s of sound" in said(again)
    assert target.read_text() == result.stdout
    grid = invoke("phones", str(source), str(tmp_path / "out.TextGrid"))
    assert grid.exit_code == 0, grid.output
    assert (tmp_path / "out.TextGrid").read_text().startswith('File type = "ooTextFile"')
    assert invoke("phones", str(source), str(target)).exit_code == 2


def test_motion_obeys_the_articulation(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", vowels(1.0))
    opened = []
    for amount in ("0", "1", "2"):
        target = tmp_path / f"{amount}.npz"
        result = invoke("motion", str(source), str(target), "--articulation", amount)
        assert result.exit_code == 0, result.output
        with np.load(target) as arrays:
            opened.append(arrays["blendshapes"][:, JAW_OPEN].max())
    assert opened[0] < 0.5 * opened[1] < 0.5 * opened[2]


def test_version() -> None:
    result = invoke("--version")
    assert result.exit_code == 0
    assert re.fullmatch(r"visavis \d+\.\d+\.\d+", said(result))


def test_doctor_speaks_json() -> None:
    result = invoke("doctor", "--port", "0", "--json")
    report = json.loads(result.stdout)
    assert report["healthy"] is True
    assert result.exit_code == 0
    assert {"renderer", "model back end", "libx264", "https"} <= {
        check["name"] for check in report["checks"]
    }


def test_bench_names_the_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "benchmarks.render", None)
    monkeypatch.delattr("benchmarks.render", raising=False)
    result = invoke("bench", "render")
    assert result.exit_code == 1
    assert "pip install -e '.[dev]'" in said(result)


@pytest.mark.parametrize(("text", "size"), [("512x512", (512, 512)), ("1280X720", (1280, 720))])
def test_size(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "512", "x512", "512x", "-5x5", "1e3x5", "²x2", "1x2x3"])
def test_size_that_is_none(text: str) -> None:
    with pytest.raises(InvalidInput, match="like 512x512"):
        parse_size(text)


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", vowels(60.0))
    command = [sys.executable, "-m", "server.cli", "render", str(source), str(tmp_path / "o.mp4")]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored in a background
    ) as process:
        while not list(tmp_path.glob(".*part")):
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in complaint and "Traceback" not in complaint
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]
