"""Codec lists cut out of an SDP."""

from __future__ import annotations

from sip.pjsua.sdp import with_codecs

SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=x\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 0 9 120\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/8000\r\n"
    "a=rtpmap:120 telephone-event/8000\r\na=fmtp:120 0-16\r\na=sendrecv\r\n"
)


def test_only_the_wanted_codecs_stay_in_their_order_with_dtmf() -> None:
    slim = with_codecs(SDP, ("G722", "PCMA"))
    assert "m=audio 4000 RTP/AVP 9 8 120\r\n" in slim
    assert "PCMU" not in slim
    assert "a=fmtp:120 0-16\r\na=sendrecv\r\n" in slim


def test_static_payloads_need_no_rtpmap() -> None:
    bare = "v=0\r\nm=audio 4000 RTP/AVP 0 8\r\na=sendrecv\r\n"
    assert "RTP/AVP 8\r\n" in with_codecs(bare, ("PCMA",))


def test_an_sdp_without_any_of_them_is_left_alone() -> None:
    assert with_codecs(SDP, ("OPUS",)) == SDP
    assert with_codecs("v=0\r\n", ("PCMA",)) == "v=0\r\n"


def test_the_same_codecs_in_the_same_order_change_nothing() -> None:
    assert with_codecs(SDP, ("PCMA", "PCMU", "G722")) == SDP
