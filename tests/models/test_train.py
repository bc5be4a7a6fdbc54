from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch

from engine.phones import PHONES
from models import loop
from models import train_phonemes as training
from models.dataset import Excerpts, FeatureFile, Source
from models.loop import Loop, Schedule
from models.net import NetConfig, PhonemeNet
from models.train_phonemes import batch_loss, loss_of, phone_weights, train

torch.set_num_threads(1)
CONFIG = NetConfig(channels=8, dilations=(1,), heads_ms=(0, 40))


def test_a_head_is_taught_what_was_said_its_delay_ago():
    labels = torch.randint(0, 40, (1, 60), generator=torch.Generator().manual_seed(1))
    exact = torch.nn.functional.one_hot(labels, 40).float() * 20

    def loss(delay: int) -> float:
        late = torch.roll(exact, delay, dims=1)
        return loss_of(torch.stack([exact, late], 1), labels, CONFIG, phone_weights()).item()

    assert loss(4) < min(loss(3), loss(5), loss(0))


def test_frames_of_unknown_phone_do_not_count():
    labels = torch.full((1, 60), -1)
    labels[:, 50:] = 3
    logits = torch.zeros(1, 2, 60, 40)
    logits[:, :, 50:, 3] = 9
    logits[:, 1, 50:54] = logits[:, 1, 54:58]
    known_only = loss_of(logits, labels, CONFIG, phone_weights())
    logits[:, :, :50, 7] = 99
    assert loss_of(logits, labels, CONFIG, phone_weights()) == known_only


def test_lip_sounds_count_more():
    weights = dict(zip(PHONES, phone_weights().tolist(), strict=True))
    assert weights["P"] > weights["F"] - 1e-6 > weights["T"] == 1


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "NetConfig", lambda: CONFIG)
    monkeypatch.setattr(loop, "SAVE_EVERY_S", 0)
    monkeypatch.setattr(training, "EXCERPTS", 4)
    monkeypatch.setattr(training, "FRAMES", 120)


@pytest.mark.usefixtures("small")
def test_a_step_learns(tmp_path: Path):
    torch.manual_seed(1)
    net = PhonemeNet(CONFIG).train()
    training_loop = Loop(net, Schedule(1, 0.02), tmp_path / "unfinished.pt", print)
    excerpts = Excerpts([made_source(tmp_path, "speech", 3), made_source(tmp_path, "quiet", 0)], 1)
    losses = []
    for _ in range(60):
        losses.append(training_loop.step(lambda: batch_loss(net, excerpts)))
        training_loop.progress.steps += 1
    assert losses[-1] < losses[0] / 2


@pytest.mark.usefixtures("small")
def test_training_goes_on_where_it_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sources = [made_source(tmp_path, "speech", 3), made_source(tmp_path, "quiet", 0)]
    steps = []
    said: list[str] = []

    def interrupted(*arguments: object) -> float:
        steps.append(arguments)
        if len(steps) == 4:
            raise KeyboardInterrupt
        return 1.0

    monkeypatch.setattr(Loop, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(sources, 1.0, tmp_path, said.append)
    train(sources, 0.0, tmp_path, said.append)
    assert "going on from" in said[-1]
    assert not (tmp_path / "unfinished.pt").exists()


def test_the_rate_rises_and_falls():
    schedule = Schedule(10, 1.0)
    rates = [schedule.at(loop.Progress(60 * m, 50 * m)) for m in (0, 2, 5, 9, 10)]
    assert rates[0] < rates[1] > rates[2] > rates[3] > rates[4] > 0


def made_source(folder: Path, name: str, phone: int) -> Source:
    frames = np.random.default_rng(phone).normal(phone, 0.1, (2000, 40)).astype(np.float32)
    FeatureFile.gather([(frames, np.full(2000, phone, np.int8))]).save(folder / f"{name}.npz")
    return Source(name, folder / f"{name}.npz", 1.0, 0.0)
