"""Who calls, and which of our numbers he dialled."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialer.engine.inbound_numbers import called_of, caller_of, desk_for, e164
from dialer.engine.inbound_settings import Desk, InboundTrunk
from sip.events import LegIncoming

SERVICE, OTHERS = Desk(campaign="service"), Desk(campaign="autumn")
TRUNK = InboundTrunk(country="CN", numbers={"+862150001234": SERVICE}, other_numbers=OTHERS, user="4001234")


def call(caller: str = "anonymous", called: str = "4001234", **headers: str) -> LegIncoming:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return LegIncoming(
        worker="w1", at=datetime(2026, 11, 23, tzinfo=UTC), leg_id="x.c", sip_call_id="x", from_number=caller,
        to_number=called, headers=named, trunk="carrier",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("+8613812345678", "+8613812345678"),
        ("013812345678", "+8613812345678"),
        ("13812345678", "+8613812345678"),
        ("008613812345678", "+8613812345678"),
        ("02150001234", "+862150001234"),
        ("+4930123456", "+4930123456"),
        ("anonymous", ""),
        ("Anonymous", ""),
        ("", ""),
        ("1001", ""),
        ("+" + "9" * 60, ""),
    ],
)
def test_a_callers_number_is_read_as_one_of_the_trunks_country(raw: str, found: str) -> None:
    assert e164(raw, "CN") == found


def test_what_the_network_vouches_for_goes_before_from() -> None:
    asserted = call("4001234", P_Asserted_Identity='"Wu" <sip:+8613812345678@carrier.example>')
    assert caller_of(asserted, TRUNK) == "+8613812345678"
    assert caller_of(call("13900000001"), TRUNK) == "+8613900000001"
    assert caller_of(call(), TRUNK) == ""


def test_a_registrar_calls_our_account_and_says_in_to_which_number_was_meant() -> None:
    assert called_of(call(To="<sip:02150001234@carrier.example>"), TRUNK) == "+862150001234"
    assert called_of(call(called="+862150001234", To="<sip:4001234@carrier.example>"), TRUNK) == "+862150001234"
    assert called_of(call(called="4001234"), TRUNK) == "4001234"


def test_a_number_of_ours_has_its_own_desk_and_the_others_share_one() -> None:
    assert desk_for("+862150001234", TRUNK) is SERVICE
    assert desk_for("02150001234", TRUNK) is SERVICE
    assert desk_for("+862150009999", TRUNK) is OTHERS
    assert desk_for("+862150009999", InboundTrunk(country="CN")) is None
