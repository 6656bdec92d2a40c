"""SIPp's message trace, read back as messages."""

from __future__ import annotations

from tests.softphone.sipp import Conversation, parse_trace

RULE = "-----------------------------------------------"
TRACE = f"""{RULE} 2026-11-22\t18:00:00.000001\t1.000001
UDP message sent (300 bytes):

INVITE sip:10@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bK-1
Call-ID: 1@test

v=0
{RULE} 2026-11-22\t18:00:00.000002\t1.000002
UDP message received [200] bytes :

SIP/2.0 100 Trying
Call-ID: 1@test

{RULE} 2026-11-22\t18:00:00.000003\t1.000003
UDP message received [200] bytes :

SIP/2.0 486 Busy Here
Call-ID: 1@test
Reason: Q.850;cause=17

"""


def test_messages_are_read_in_order_with_headers_and_cause() -> None:
    conversation = Conversation(completed=True, messages=parse_trace(TRACE))
    assert conversation.call_id == "1@test"
    assert conversation.statuses == (100, 486)
    assert conversation.response(486).q850 == 17
    assert conversation.messages[0].method == "INVITE"
    assert "v=0" not in conversation.messages[0].headers
