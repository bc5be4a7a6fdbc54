"""What is added to an answer; what is done to offers is tested with `server.rtc.offer`."""

from __future__ import annotations

from server.rtc.sdp import resilient

ANSWER = "\r\n".join(
    [
        "v=0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 96 0",
        "a=rtpmap:96 opus/48000/2",
        "a=rtpmap:0 PCMU/8000",
        "m=video 9 UDP/TLS/RTP/SAVPF 97",
        "a=rtpmap:97 H264/90000",
        "",
    ]
)


def test_recovery_of_opus_is_announced_and_of_nothing_else():
    added = ["a=rtcp-fb:96 nack", "a=fmtp:96 minptime=10;useinbandfec=1"]
    lines = ANSWER.split("\r\n")
    assert resilient(ANSWER).split("\r\n") == [*lines[:3], *added, *lines[3:]]
