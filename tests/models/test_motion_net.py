from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch

from engine.motion.articulation import MotionModel
from engine.motion.channels import CHANNELS, CONTACTS, WEIGHTS
from models.export import save_checkpoint
from models.export_motion import export, load_checkpoint
from models.motion_net import MotionConfig, MotionNet
from models.train_motion import WARM_UP, lips_matrix, loss_of

torch.set_num_threads(1)
SMALL = MotionConfig(channels=8, dilations=(1, 2), heads_ms=(0, 40), phoneme_heads_ms=(0, 60))
FRAMES = 40


@pytest.fixture(scope="module")
def net() -> MotionNet:
    """Small, with normalisation that is not trivial."""
    torch.manual_seed(1)
    made = MotionNet(SMALL)
    with torch.no_grad():
        made.train()(features(8))
    return made.eval()


def features(batch: int) -> "torch.Tensor":
    shape = (batch, FRAMES, SMALL.features)
    return torch.rand(shape, generator=torch.Generator().manual_seed(2))


def test_a_stream_gives_what_the_whole_signal_gives_alone_and_in_company(net: MotionNet):
    whole = features(3)
    with torch.no_grad():
        batch = net.bounded(net(whole))
        state = torch.zeros(3, SMALL.state_size)
        alone = torch.zeros(1, SMALL.state_size)
        for t in range(0, FRAMES, 2):
            poses, state = net.step(whole[:, t : t + 2], state)
            torch.testing.assert_close(poses, batch[:, :, t : t + 2], atol=1e-5, rtol=0)
            single, alone = net.step(whole[1:2, t : t + 2], alone)
            torch.testing.assert_close(single, poses[1:2], atol=1e-5, rtol=0)


def test_the_future_changes_nothing(net: MotionNet):
    whole = features(1)
    other = whole.clone()
    other[:, 20:] += 0.5
    with torch.no_grad():
        difference = (net(whole) - net(other)).abs().amax(dim=(0, 1, 3))
    assert difference[:20].max() == 0
    assert difference[20:].min() > 0


def test_an_exported_network_runs_as_trained(net: MotionNet, tmp_path: Path):
    export(net, "test", tmp_path)
    model = MotionModel.load(tmp_path, SMALL.phoneme_heads_ms)
    assert model.heads_ms == SMALL.heads_ms and model.weights == WEIGHTS
    whole = features(2)
    with torch.no_grad():
        expected = net.bounded(net(whole)).numpy()
    state = model.network.initial_state(2)
    for t in range(0, FRAMES, 2):
        poses, state = model.network.step(whole[:, t : t + 2].numpy(), state)
        np.testing.assert_allclose(poses, expected[:, :, t : t + 2], atol=1e-5)


def test_a_checkpoint_comes_back(net: MotionNet, tmp_path: Path):
    save_checkpoint(net, tmp_path / "net.pt")
    with torch.no_grad():
        torch.testing.assert_close(
            load_checkpoint(tmp_path / "net.pt")(features(1)), net(features(1))
        )


def poses(frames: int) -> "torch.Tensor":
    return torch.rand((1, frames, len(CHANNELS)), generator=torch.Generator().manual_seed(3))


def said(targets: "torch.Tensor", delay: int) -> "torch.Tensor":
    """Outputs of one head that say ``targets``, ``delay`` frames later."""
    late = torch.roll(targets, delay, dims=1)
    count = len(WEIGHTS)
    contacts = torch.logit(late[..., count:].clamp(0.01, 0.99))
    return torch.cat([late[..., :count], contacts], dim=-1)


def test_a_head_is_taught_the_pose_of_its_delay_ago():
    targets = poses(WARM_UP + 60)

    def loss(delay: int) -> float:
        outputs = torch.stack([said(targets, 0), said(targets, delay)], 1)
        return loss_of(outputs, targets, SMALL).item()

    assert loss(4) < min(loss(3), loss(5), loss(0)) / 2


def test_what_was_not_captured_does_not_count():
    targets = poses(WARM_UP + 60)
    outputs = torch.stack([said(targets, 0), said(targets, 4)], 1)
    column = WEIGHTS.index("mouthSmile")
    partly = targets.clone()
    partly[..., column] = torch.nan
    other = outputs.clone()
    other[..., column] += 0.5
    assert loss_of(other, partly, SMALL) == loss_of(outputs, partly, SMALL)
    assert loss_of(other, targets, SMALL) > loss_of(outputs, targets, SMALL)


def test_the_lips_geometry_knows_what_opens_and_what_rounds():
    lips = dict(zip(WEIGHTS, lips_matrix().numpy(), strict=True))
    assert lips["jawOpen"][0] > 0.5 > 0 > lips["mouthClose"][0]
    assert lips["mouthPucker"][1] > 0.2 > lips["mouthStretch"][1]
    assert len(CONTACTS) == 3
