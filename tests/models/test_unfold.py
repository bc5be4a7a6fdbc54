from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("onnx", reason="training needs onnx")

import torch

from engine.errors import AssetError
from models.export_motion import export
from models.manifest import update_manifest
from models.motion_net import MotionConfig, MotionNet
from models.unfold import load_shipped

CONFIG = MotionConfig(channels=8, dilations=(1, 2), heads_ms=(0, 60))


@pytest.fixture
def net() -> MotionNet:
    torch.manual_seed(1)
    net = MotionNet(CONFIG).train()
    for _ in range(5):  # normalisations with statistics of their own
        net(2 * torch.rand(2, 40, CONFIG.features))
    return net.eval()


def said(net: MotionNet) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        return net(torch.rand(1, 40, CONFIG.features, generator=generator))


def test_a_shipped_network_is_the_one_that_was_exported(tmp_path: Path, net: MotionNet):
    export(net, "1", tmp_path)
    torch.testing.assert_close(said(load_shipped(tmp_path)), said(net), atol=1e-5, rtol=1e-4)


def test_it_is_the_same_while_it_learns_and_can_be_shipped_again(tmp_path: Path, net: MotionNet):
    export(net, "1", tmp_path)
    loaded = load_shipped(tmp_path).train()
    loaded.doubt.eval()
    torch.testing.assert_close(said(loaded), said(net), atol=1e-5, rtol=1e-4)
    export(loaded, "2", tmp_path / "again")
    again = load_shipped(tmp_path / "again")
    torch.testing.assert_close(said(again), said(net), atol=1e-5, rtol=1e-4)


def test_a_manifest_of_another_network_is_refused(tmp_path: Path, net: MotionNet):
    export(net, "1", tmp_path)
    update_manifest("motion", {"net": MotionConfig(channels=9).as_dict()}, tmp_path)
    with pytest.raises(AssetError, match="layers are not those"):
        load_shipped(tmp_path)
