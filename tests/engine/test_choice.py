"""Which back end is taken, and what is said of the others."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.errors import AssetError, BackendUnavailable, InvalidInput
from engine.runtime import choice, onnx
from engine.runtime.base import SteppedModel
from engine.runtime.choice import BACKENDS, Candidate, Chooser, NotTaken, Taken, choose
from engine.runtime.weights import WEIGHTS
from engine.speech.phonemes import PhonemeModel

BROKEN = BackendUnavailable("broken", "no such card", "buy one")


@pytest.fixture
def candidates(monkeypatch: pytest.MonkeyPatch):
    """Puts ``names`` in front of the CPU; each loads what ``models`` has for it, or refuses."""

    def put(names: tuple[str, ...], models: dict[str, SteppedModel]) -> None:
        def load(self: Candidate, folder: Path, name: str) -> SteppedModel:
            if self.name in names and self.name not in models:
                raise BROKEN
            return models[self.name] if self.name in models else loads(self, folder, name)

        loads = Candidate.load
        kept = [one for one in choice.CANDIDATES if one.name in ("onnxruntime-cpu", "reference")]
        fakes = [Candidate(name, "nowhere", "load", "it is fast") for name in names]
        monkeypatch.setattr(choice, "CANDIDATES", (*fakes, *kept))
        monkeypatch.setattr(choice, "BACKENDS", (*BACKENDS, *names))
        monkeypatch.setattr(Candidate, "load", load)

    return put


class Fast:
    backend, batches = "fast-float16", (1, 8)


def test_the_first_that_works_is_taken_and_the_others_have_their_reasons(candidates):
    candidates(("broken", "fast"), {"fast": Fast()})
    model, findings = choose(WEIGHTS, "motion")
    assert isinstance(model, Fast)
    assert findings == [NotTaken("broken", "no such card", "buy one"), Taken("fast", "it is fast")]


def test_without_any_of_them_there_is_the_cpu(candidates):
    candidates(("broken", "worse"), {})
    model, findings = choose(WEIGHTS, "motion")
    assert model.backend == "onnxruntime-cpu"
    assert [found.backend for found in findings] == ["broken", "worse", "onnxruntime-cpu"]


def test_what_starts_on_another_says_so(candidates):
    starting = SimpleNamespace(backend="onnxruntime-cpu", batches=(1, 8))
    candidates(("fast",), {"fast": starting})
    _, [found] = choose(WEIGHTS, "motion")
    assert found == Taken("fast", "it is fast; until it is ready onnxruntime-cpu computes")


def test_what_is_asked_for_is_taken_or_the_reason_given(candidates):
    candidates(("broken", "fast"), {"fast": Fast()})
    assert choose(WEIGHTS, "motion", "onnxruntime")[0].backend == "onnxruntime-cpu"
    with pytest.raises(BackendUnavailable, match="no such card; buy one") as caught:
        choose(WEIGHTS, "motion", "broken")
    assert (caught.value.backend, caught.value.remedy) == ("broken", "buy one")


def test_the_reference_is_taken_only_if_asked_for():
    pytest.importorskip("onnx")
    assert choose(WEIGHTS, "motion", "reference")[0].backend == "reference"
    for wanted in ("auto", "onnxruntime"):
        _, findings = choose(WEIGHTS, "motion", wanted)
        assert "reference" not in [found.backend for found in findings]


def test_another_name_is_answered_with_those_there_are():
    with pytest.raises(InvalidInput, match="use one of auto, onnxruntime, tensorrt") as caught:
        choose(WEIGHTS, "motion", "abacus")
    assert caught.value.field == "backend"


def test_a_damaged_network_is_no_reason_to_try_the_next(tmp_path: Path, candidates):
    candidates(("broken",), {})
    with pytest.raises(AssetError, match="manifest"):
        choose(tmp_path, "motion")


def test_a_chooser_remembers_what_it_found_for_each_network():
    chooser = Chooser("onnxruntime-cpu")
    PhonemeModel.load(load=chooser.load)
    assert list(chooser.findings) == ["phonemes"]
    assert [found.backend for found in chooser.findings["phonemes"]] == ["onnxruntime-cpu"]


def test_without_the_package_of_the_reference_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(BackendUnavailable, match="pip install onnx"):
        choose(WEIGHTS, "motion", "reference")


class FakeRuntime:
    """ONNX Runtime built for CUDA; ``starts`` says whether a GPU is there."""

    __version__ = "9.9"
    ExecutionMode = SimpleNamespace(ORT_SEQUENTIAL=0)
    SessionOptions = SimpleNamespace

    def __init__(self, starts: bool, off: float = 0.0) -> None:
        self._starts, self._off, self.asked = starts, off, []

    def get_available_providers(self) -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def InferenceSession(self, content, options, providers):  # noqa: N802 (the package's name)
        import onnxruntime

        self.asked = providers
        real = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

        def run(names, feed):
            outputs, following = real.run(names, feed)
            return outputs + self._off, following

        there = self.get_available_providers()
        return SimpleNamespace(run=run, get_providers=lambda: there[0 if self._starts else 1 :])


def test_cuda_is_taken_where_it_works_and_computes_in_full_precision(
    monkeypatch: pytest.MonkeyPatch,
):
    fake = FakeRuntime(starts=True)
    monkeypatch.setattr(onnx, "_onnxruntime", lambda: fake)
    assert onnx.load_cuda(WEIGHTS, "motion").backend == "onnxruntime-cuda"
    assert fake.asked[0] == ("CUDAExecutionProvider", {"use_tf32": "0"})


@pytest.mark.parametrize(
    ("fake", "reason"),
    [(FakeRuntime(False), "no GPU, or not the CUDA"), (FakeRuntime(True, 2e-3), "differ by 0.002")],
    ids=["no GPU", "wrong"],
)
def test_cuda_that_does_not_start_or_computes_wrongly_is_not_taken(
    fake: FakeRuntime, reason: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(onnx, "_onnxruntime", lambda: fake)
    with pytest.raises(BackendUnavailable, match=reason):
        choose(WEIGHTS, "motion", "onnxruntime-cuda")


def test_without_cuda_in_onnx_runtime_the_remedy_is_named():
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this one has CUDA")
    with pytest.raises(BackendUnavailable, match="pip install onnxruntime-gpu"):
        choose(WEIGHTS, "motion", "onnxruntime-cuda")
