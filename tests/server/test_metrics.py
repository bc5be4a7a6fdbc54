"""What /metrics tells, that docs/operations.md names all of it, and who may read it."""

from __future__ import annotations

import re

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from engine.errors import AtCapacity
from server.admission import Admission
from server.config import ServerConfig
from server.metrics import Metrics
from server.placement.base import Counts, Report
from server.placement.fake import FakePlacement
from server.tally import Tally
from tests.conftest import ROOT
from tests.server.conftest import serving


class Place(FakePlacement):
    def __init__(self):
        super().__init__()
        self.told = Report()

    def report(self):
        return self.told


class Speaker:
    def __init__(self, **counts):
        self.tally = Tally(**counts)


@pytest.fixture
def place():
    return Place()


@pytest.fixture
def metrics(place):
    return Metrics(Admission(2), place)


def values(metrics):
    return {
        (sample.name, *(text for _, text in sorted(sample.labels.items(), reverse=True))): (
            sample.value
        )
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def test_what_sessions_count_adds_up_and_outlives_them(metrics):
    one, other = Speaker(pictures_drawn=10, concealed_s=0.5), Speaker(pictures_drawn=5)
    metrics.look([one, other])
    one.tally = Tally(pictures_drawn=25, pictures_late=2, concealed_s=0.5)
    metrics.look([one, other])
    other.tally = Tally(pictures_drawn=8, dropped=3)
    metrics.ended(other)
    metrics.look([one])
    told = values(metrics)
    assert told["visavis_pictures_drawn_total",] == 33
    assert told["visavis_pictures_late_total",] == 2
    assert told["visavis_units_dropped_total",] == 3
    assert told["visavis_audio_concealed_seconds_total",] == 0.5
    assert not [session for session in metrics._known if session is other]


def test_a_count_that_begins_anew_takes_nothing_away(metrics):
    one = Speaker(pictures_late=4)
    metrics.look([one])
    one.tally = Tally(pictures_late=0)
    metrics.look([one])
    one.tally = Tally(pictures_late=1)
    metrics.look([one])
    assert values(metrics)["visavis_pictures_late_total",] == 5


def test_how_networks_are_is_a_distribution(metrics):
    metrics.look([Speaker(round_trip_s=0.05, loss=0.0, bitrate=600_000), Speaker(step="low")])
    told = values(metrics)
    assert told["visavis_round_trip_seconds_count",] == 1, "unknown is not zero"
    assert told["visavis_round_trip_seconds_bucket", "0.04"] == 0
    assert told["visavis_round_trip_seconds_bucket", "0.08"] == 1
    assert told["visavis_loss_ratio_bucket", "0.0"] == 1
    assert told["visavis_picture_bits_per_second_bucket", "750000.0"] == 1
    assert told["visavis_sessions_at_step", "low"] == 1
    metrics.look([])
    assert values(metrics)["visavis_sessions_at_step", "low"] == 0


def test_seats(metrics):
    admission = metrics._admission
    seats = [admission.enter() for _ in range(2)]
    with pytest.raises(AtCapacity):
        admission.enter()
    seats[0].lend(lambda: None)
    metrics.look([])
    metrics.look([])
    told = values(metrics)
    names = ("open", "kept", "limit", "started_total", "refused_total")
    assert [told[f"visavis_sessions_{name}",] for name in names] == [1, 1, 2, 2, 1]


def test_workers_and_their_stages(metrics, place):
    stages, queues, batches = Counts(), Counts(), Counts()
    stages.add({"render": {"counts": [0, 3] + [0] * 11 + [1], "sum": 0.4}})
    queues.add({"picture": {"counts": [2] + [0] * 13, "sum": 0.0004}})
    batches.add({"phonemes": {"counts": [0, 0, 4] + [0] * 7, "sum": 12}})
    place.told = Report(
        2, {"ended": 1, "hung": 0, "memory": 2}, 3, stages, queues, batches, 0.06, 12.5, 1000
    )
    metrics.look([])
    metrics.look([])
    told = values(metrics)
    assert told["visavis_workers",] == 2
    assert told["visavis_worker_restarts_total", "memory"] == 2
    assert told["visavis_sessions_resumed_total",] == 3
    assert told["visavis_pcm_waiting_seconds",] == 0.06
    assert told["visavis_cpu_seconds_total", "workers"] == 12.5
    assert told["visavis_memory_bytes", "workers"] == 1000
    assert told["visavis_stage_seconds_bucket", "render", "0.0005"] == 0
    assert told["visavis_stage_seconds_bucket", "render", "0.001"] == 3
    assert told["visavis_stage_seconds_bucket", "render", "+Inf"] == 4
    assert told["visavis_stage_seconds_sum", "render"] == 0.4
    assert told["visavis_queue_seconds_bucket", "picture", "0.0005"] == 2
    assert told["visavis_batch_sessions_bucket", "phonemes", "2.0"] == 0
    assert told["visavis_batch_sessions_bucket", "phonemes", "3.0"] == 4
    assert told["visavis_batch_sessions_sum", "phonemes"] == 12


def test_every_metric_is_documented_and_every_documented_one_exists(metrics):
    """Names as a query has them, with the type that Prometheus is told."""
    told = set(re.findall(r"^# TYPE (visavis_\w+) (\w+)$", metrics.text().decode(), re.M))
    page = (ROOT / "docs" / "operations.md").read_text()
    documented = set(re.findall(r"^\| `(visavis_\w+)` \| (\w+) \|", page, re.M))
    assert documented == told


async def test_metrics_are_for_those_with_the_token():
    config = ServerConfig(max_sessions=1, token="a.token.of.mine")
    async with serving(config, FakePlacement()) as (_, url), aiohttp.ClientSession() as http:
        async with http.get(f"{url}/metrics") as response:
            assert response.status == 401
        held = {"Authorization": "Bearer a.token.of.mine"}
        async with http.get(f"{url}/metrics", headers=held) as response:
            assert response.status == 200 and response.content_type == "text/plain"
            assert "visavis_sessions_limit 1.0" in await response.text()


async def test_room_is_measured_unless_a_number_is_given():
    for asked, limit in ((None, 7), (2, 2)):
        config = ServerConfig(max_sessions=asked)
        async with (
            serving(config, FakePlacement(7)) as (_, url),
            aiohttp.ClientSession() as http,
            http.get(f"{url}/readyz") as response,
        ):
            told = await response.json()
        assert (told["limit"], told["room"], told["sessions"]) == (limit, limit, 0)
