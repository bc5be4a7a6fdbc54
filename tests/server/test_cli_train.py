import subprocess
import sys

import pytest
from typer.testing import CliRunner

from server import cli_train
from server.cli import app
from server.cli_options import FAILED, INTERRUPTED

runner = CliRunner()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been run."""
    asked: list[list[str]] = []
    monkeypatch.delenv("VISAVIS_MODELS", raising=False)
    monkeypatch.setattr(cli_train, "find_spec", lambda name: object())
    monkeypatch.setattr(cli_train, "_run", lambda command: asked.append(command) or 0)
    return asked


def test_learning_runs_in_a_process_of_its_own(commands: list[list[str]]):
    given = ["train", "--capture", "takes", "--name", "anna", "--minutes", "2.5", "--force"]
    assert runner.invoke(app, given).exit_code == 0
    (command,) = commands
    assert command[:3] == [sys.executable, "-m", "models.finetune"]
    options = dict(zip(command[3:-1:2], command[4:-1:2], strict=True))
    assert options == {
        "--capture": "takes",
        "--name": "anna",
        "--minutes": "2.5",
        "--out": "motion-models",
    }
    assert command[-1] == "--force"


def test_the_model_goes_where_the_server_looks(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("VISAVIS_MODELS", "somewhere")
    assert runner.invoke(app, ["train", "--capture", "takes"]).exit_code == 0
    assert commands[0][commands[0].index("--out") + 1] == "somewhere"


def test_missing_packages_are_named_with_the_remedy(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cli_train, "find_spec", lambda name: None if name == "torch" else object())
    result = runner.invoke(app, ["train", "--capture", "takes"])
    assert result.exit_code == FAILED
    told = " ".join(result.output.split())
    assert "torch not installed" in told
    assert ".ci/setup train" in told
    assert commands == []


def test_its_exit_code_is_ours():
    assert cli_train._run([sys.executable, "-c", "raise SystemExit(2)"]) == 2


def test_an_interruption_waits_for_it_to_end(monkeypatch: pytest.MonkeyPatch):
    class Interrupted(subprocess.Popen[bytes]):
        waits = 0

        def wait(self, timeout: float | None = None) -> int:
            self.waits += 1
            if self.waits == 1:
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    assert cli_train._run([sys.executable, "-c", "pass"]) == INTERRUPTED
