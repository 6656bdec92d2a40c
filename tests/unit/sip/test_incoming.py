"""Whose calls a site takes: those of its inbound trunks, by the address they come from."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sip.incoming import Strangers, calling, host_of, new_leg_id
from sip.trunks import Trunk

CARRIER = Trunk(name="carrier", address="192.0.2.10:5060", inbound=True)
PBX = Trunk(name="pbx", address="pbx.example", inbound=True, inbound_from=("198.51.100.0/28",))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("192.0.2.10:5060", "carrier"),
        ("192.0.2.10:40123", "carrier"),  # the port of a call is any
        ("198.51.100.9:5060", "pbx"),
        ("198.51.100.16:5060", None),
        ("203.0.113.7:5060", None),
        ("pbx.example:5060", None),  # a request comes from an address, never from a name
        ("", None),
    ],
)
def test_a_call_is_taken_from_a_trunks_addresses_only(source: str, expected: str | None) -> None:
    found = calling([CARRIER, PBX], source, "4001")
    assert (found and found.name) == expected


def test_a_trunk_that_is_not_inbound_takes_no_calls() -> None:
    assert calling([Trunk(name="carrier", address="192.0.2.10")], "192.0.2.10:5060", "4001") is None


def test_two_accounts_at_one_carrier_are_told_apart_by_the_user_that_was_dialled() -> None:
    first = Trunk(name="first", address="192.0.2.10", inbound=True, user="4001")
    second = Trunk(name="second", address="192.0.2.10", inbound=True, user="4002")
    found = [calling([first, second], "192.0.2.10:5060", user) for user in ("4002", "4001", "+4930123456")]
    assert [trunk and trunk.name for trunk in found] == ["second", "first", "first"]


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("192.0.2.10", "192.0.2.10"),
        ("192.0.2.10:5060;transport=tcp", "192.0.2.10"),
        ("sip:4001@pbx.example:5080", "pbx.example"),
        ("[2001:db8::1]:5060", "2001:db8::1"),
    ],
)
def test_the_host_is_read_out_of_an_address(address: str, host: str) -> None:
    assert host_of(address) == host


def test_names_of_calls_sort_by_time_and_differ() -> None:
    names = [new_leg_id(1_790_000_000_000 + n) for n in range(50)]
    assert all(a < b for a, b in pairwise(names))
    assert all(len(name) == 34 and name.endswith(".c") for name in names)
    assert new_leg_id(1) != new_leg_id(1)


def test_a_scanner_is_mentioned_once_a_minute() -> None:
    strangers = Strangers()
    assert [strangers.refused(ms) for ms in (0, 10, 59_999, 60_000, 60_001)] == [True, False, False, True, False]
    assert strangers.count == 5
