"""What the receiver's words do to the engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.options import SessionOptions
from engine.units import VideoUnit
from server.rtc.downlink import OUTAGE, PARDON, STALL, Downlink

OPTIONS = SessionOptions()


def picture(size, keyframe=False):
    return VideoUnit(0, 1, bytes(size), keyframe)


class Call:
    """A downlink, its clock, and what it asked of the engine."""

    def __init__(self, options=OPTIONS):
        self.now = 0.0
        self.asked = []
        self.downlink = Downlink(options, self.control, lambda: self.now)
        self.bitrate = OPTIONS.bitrate

    def control(self, **settings):
        self.asked.append(settings)
        self.bitrate = settings.get("bitrate", self.bitrate)

    def asked_for(self, name):
        return [settings for settings in self.asked if name in settings]

    def live(self, seconds, loss=0.0, estimate=None):
        """Send at the rate in force, hear a report each half second and sound each 20 ms."""
        for step in range(round(seconds * 50)):
            self.now += 0.02
            self.downlink.heard()
            assert self.downlink.admit(picture(self.bitrate // 8 // 50))
            if step % 25 == 24:
                self.downlink.lost(loss)
                if estimate:
                    self.downlink.estimated(estimate)


@pytest.fixture
def call():
    return Call()


def shown(call, width, height):
    """The engine says what it shows; returns what the page is told."""
    look = {"avatar": "default", "quality": "auto", "width": width, "height": height}
    return call.downlink.as_wanted(look)


def test_a_clean_call_is_at_its_target_in_three_seconds(call):
    call.downlink.opened()
    assert call.bitrate < OPTIONS.bitrate / 4
    call.live(3)
    assert call.bitrate == OPTIONS.bitrate
    assert not call.asked_for("width") and not call.asked_for("keyframe")


def test_a_narrow_network_gets_smaller_pictures_and_nobody_is_told_of_it(call):
    call.downlink.opened()
    call.live(8, estimate=200_000)
    assert call.bitrate < 260_000
    assert call.asked_for("width") == [{"width": 384, "height": 384}]
    assert shown(call, 384, 384)["width"] == 512
    call.downlink.move_ceiling(OPTIONS.bitrate)
    call.live(60)
    assert call.asked_for("width")[-1] == {"width": 512, "height": 512}
    assert shown(call, 512, 512)["width"] == 512


def test_a_smaller_picture_gets_no_more_bits_than_belong_to_it(call):
    call.downlink.opened()
    call.live(8, estimate=200_000)
    begun = len(call.asked)
    call.live(60)
    size, most = 384, 0
    for settings in call.asked[begun:]:
        size = settings.get("width", size)
        if size < 512:
            most = max(most, settings.get("bitrate", 0))
    assert size == 512 and 0.5 * OPTIONS.bitrate < most <= OPTIONS.bitrate * 9 // 16


def test_an_encoder_that_cannot_change_its_rate_in_place_is_told_seldom():
    vp8 = Call(replace(OPTIONS, video_codec="vp8"))
    vp8.downlink.opened()
    vp8.live(10)
    rates = [settings["bitrate"] for settings in vp8.asked_for("bitrate")]
    assert len(rates) <= 6 and rates[-1] > OPTIONS.bitrate / 1.5
    vp8.live(3, loss=0.3)
    assert vp8.bitrate < 0.85 * rates[-1]


def test_a_size_that_is_asked_for_is_reduced_in_turn(call):
    call.downlink.opened()
    call.live(8, estimate=200_000)
    shown(call, 384, 384)
    call.downlink.size_asked_for()
    assert shown(call, 640, 480)["width"] == 640
    call.downlink.move_ceiling(900_000)
    assert call.asked_for("width")[-1] == {"width": 480, "height": 360}
    # The very size that was ours, now asked for, is nobody's reduction.
    call.downlink.size_asked_for()
    assert shown(call, 480, 360)["width"] == 480


def test_a_receiver_that_repeats_itself_gets_one_keyframe(call):
    call.downlink.measured(0.1)
    for _ in range(100):
        call.now += 0.01
        call.downlink.keyframe_wanted()
    assert len(call.asked_for("keyframe")) == 2


def test_after_an_outage_comes_a_keyframe_and_no_blame(call):
    call.downlink.opened()
    call.live(3)
    call.now += OUTAGE + 1
    call.live(PARDON - 0.1, loss=0.6)
    assert call.bitrate == OPTIONS.bitrate and len(call.asked_for("keyframe")) == 1
    call.live(2, loss=0.6)
    assert call.bitrate < OPTIONS.bitrate


def test_the_longer_way_of_another_network_is_no_queue(call):
    for round_trip in (0.02, 0.2):
        call.downlink.opened()
        for _ in range(10):
            call.live(0.5)
            call.downlink.answered(round_trip)
    assert call.bitrate == OPTIONS.bitrate


def test_sending_again_has_a_budget(call):
    count = sum(call.downlink.may_resend_picture(1200) for _ in range(100))
    assert 5 < count < 20
    call.now += 1
    again = sum(call.downlink.may_resend_picture(1200) for _ in range(100))
    assert again * 1200 * 8 <= 0.5 * OPTIONS.bitrate
    assert sum(call.downlink.may_resend_sound(120) for _ in range(20)) == 20


def test_only_large_pictures_are_paced(call):
    assert all(call.downlink.pause(1200) == 0 for _ in range(5))
    assert call.downlink.pause(1200) > 0


def test_what_builds_on_great_losses_is_not_sent_until_a_keyframe_is(call):
    call.downlink.opened()
    call.live(3)
    call.downlink.too_much_lost()
    assert call.bitrate == OPTIONS.bitrate and not call.asked_for("keyframe")
    sent = []
    for _ in range(10):
        call.now += 0.04
        sent.append(call.downlink.admit(picture(1000)))
    assert not any(sent) and call.downlink.held_back == 10
    assert len(call.asked_for("keyframe")) == 1
    assert call.downlink.admit(picture(6000, keyframe=True))
    assert call.downlink.admit(picture(1000))
    call.downlink.lost(0.0)
    assert call.bitrate < OPTIONS.bitrate


def test_losses_from_before_a_keyframe_that_is_under_way_stop_nothing(call):
    call.downlink.force_keyframe()
    call.now += 0.1
    call.downlink.too_much_lost()
    assert call.downlink.admit(picture(1000))


@pytest.mark.parametrize(("stood_still", "halved"), [(0.0, True), (0.08, False)])
def test_a_round_trip_is_not_long_where_this_process_stood_still(call, stood_still, halved):
    call.downlink.opened()
    call.live(1)
    for _ in range(5):
        call.downlink.answered(0.01)
    before = call.bitrate
    if stood_still:
        call.downlink.stalled(stood_still)
    call.downlink.answered(0.09)
    assert (call.bitrate < 0.6 * before) == halved
    call.live(STALL + 0.1)
    rising = call.bitrate
    call.downlink.answered(0.09)
    assert call.bitrate < rising or halved, "what was then is no excuse now"
