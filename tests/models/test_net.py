from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch

from engine.speech.phonemes import PhonemeModel
from models.export import export, load_checkpoint, save_checkpoint
from models.net import NetConfig, PhonemeNet

torch.set_num_threads(1)
SMALL = NetConfig(channels=8, dilations=(1, 2, 4), heads_ms=(0, 40))
FRAMES = 40


@pytest.fixture(scope="module")
def net() -> PhonemeNet:
    """Small, with normalisation that is not trivial."""
    torch.manual_seed(1)
    made = PhonemeNet(SMALL)
    made.mean.fill_(-4.0)
    made.deviation.fill_(3.0)
    with torch.no_grad():
        made.train()(features(8))
    return made.eval()


def features(batch: int) -> "torch.Tensor":
    return torch.randn(batch, FRAMES, 40, generator=torch.Generator().manual_seed(2)) * 3 - 4


def test_a_stream_gives_what_the_whole_signal_gives(net: PhonemeNet):
    whole = features(2)
    with torch.no_grad():
        batch = net(whole).softmax(-1)
        state = torch.zeros(2, SMALL.state_size)
        for t in range(0, FRAMES, 2):
            posteriors, state = net.step(whole[:, t : t + 2], state)
            torch.testing.assert_close(posteriors, batch[:, :, t : t + 2], atol=1e-5, rtol=0)


def test_the_future_changes_nothing(net: PhonemeNet):
    whole = features(1)
    other = whole.clone()
    other[:, 20:] += 5
    with torch.no_grad():
        difference = (net(whole) - net(other)).abs().amax(dim=(0, 1, 3))
    assert difference[:20].max() == 0
    assert difference[20:].min() > 0


def test_an_exported_network_runs_as_trained(net: PhonemeNet, tmp_path: Path):
    export(net, "test", tmp_path)
    model = PhonemeModel.load(tmp_path)
    assert model.heads_ms == SMALL.heads_ms
    whole = features(1)
    with torch.no_grad():
        expected = net(whole).softmax(-1).numpy()
    state = model.network.initial_state(1)
    for t in range(0, FRAMES, 2):
        posteriors, state = model.network.step(whole[:, t : t + 2].numpy(), state)
        np.testing.assert_allclose(posteriors, expected[:, :, t : t + 2], atol=1e-5)


def test_a_checkpoint_comes_back(net: PhonemeNet, tmp_path: Path):
    save_checkpoint(net, tmp_path / "net.pt")
    with torch.no_grad():
        torch.testing.assert_close(
            load_checkpoint(tmp_path / "net.pt")(features(1)), net(features(1))
        )
