"""The picture's way to a caller over bad networks, the whole loop of sending and reporting."""

from __future__ import annotations

import itertools

import pytest

from tests.network.link import Impairment
from tests.network.pictures import PictureCall

TRIPS = (0.0, 0.05, 0.2)
SEEDS = (1, 2, 3)


def call(seconds=60.0, *, trip=0.05, seed=1, demand=1.0, **wrong):
    down = Impairment(delay=trip / 2, **wrong)
    return PictureCall(down, Impairment(delay=trip / 2), seed, demand).run(seconds)


@pytest.mark.parametrize("trip", TRIPS)
def test_a_clean_network_is_used_within_three_seconds(trip):
    clean = call(20, trip=trip)
    assert clean.frozen() == 0 and len(clean.keyframes) == 1 and not clean.sizes
    assert next(at for at, rate in clean.rates if rate == clean.options.bitrate) <= 3


@pytest.mark.parametrize(("seed", "trip"), list(itertools.product(SEEDS, TRIPS)))
@pytest.mark.parametrize(("rate", "most"), [(1_000_000, 0.2), (500_000, 0.5), (300_000, 1.5)])
def test_under_a_cap_pictures_go_on(rate, most, seed, trip):
    capped = call(rate=rate, seed=seed, trip=trip)
    assert capped.frozen() <= most
    assert capped.frozen(since=10) <= 0.5
    assert len(capped.keyframes) <= 6
    assert capped.sent_bits / 60 > 0.5 * rate


@pytest.mark.parametrize(("seed", "trip"), list(itertools.product(SEEDS, TRIPS)))
@pytest.mark.parametrize(("rate", "usually"), [(1_000_000, 0.05), (500_000, 0.07), (300_000, 0.08)])
def test_under_a_cap_sound_does_not_wait_behind_pictures(rate, usually, seed, trip):
    capped = call(rate=rate, seed=seed, trip=trip)
    assert capped.waited(0.5, since=10) <= 0.035
    assert capped.waited(0.95, since=10) <= usually
    assert capped.waited(0.99, since=10) <= 0.13


def test_the_narrowest_network_gets_fewer_pictures_and_no_keyframe_for_it():
    narrow = call(rate=200_000)
    (at, stride), *others = narrow.strides
    assert stride == 2 and not others
    assert not any(at <= keyframe < at + 5 for keyframe in narrow.keyframes)


def test_a_narrow_network_gets_smaller_pictures():
    assert [width for _, width in call(rate=300_000).sizes] == [384]
    assert not call(rate=500_000).sizes


def test_a_cap_that_comes_in_the_middle_and_goes_again():
    middle = PictureCall(Impairment(delay=0.025), Impairment(delay=0.025))
    middle.at(20.0, lambda: middle.change(Impairment(delay=0.025, rate=400_000)))
    middle.at(40.0, lambda: middle.change(Impairment(delay=0.025)))
    middle.run(90.0)
    assert middle.frozen() <= 1.5
    assert middle.rates[-1][1] == middle.options.bitrate


def test_a_face_at_rest_is_no_congestion():
    resting = call(demand=0.2)
    assert resting.frozen() == 0 and resting.rates[-1][1] == resting.options.bitrate


@pytest.mark.parametrize("loss", [0.02, 0.05])
def test_losses_alone_make_nothing_slow(loss):
    lossy = call(loss=loss)
    assert lossy.frozen() <= 2.5 and len(lossy.keyframes) <= 2
    assert lossy.rates[-1][1] == lossy.options.bitrate


@pytest.mark.parametrize("length", [1, 4, 8])
def test_after_an_outage_the_picture_is_back_within_a_second(length):
    away = ((10.0, 10.0 + length),)
    both = PictureCall(Impairment(delay=0.025, outages=away), Impairment(0.0, outages=away)).run(25)
    assert both.longest() - length <= 0.5
    assert call(25, outages=away).longest() - length <= 1.0
    assert both.rates[-1][1] > 0.5 * both.options.bitrate
