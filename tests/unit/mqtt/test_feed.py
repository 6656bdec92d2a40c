"""Topics, waits and settings of the event feed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.mqtt.backoff import Backoff
from dialer.mqtt.settings import FeedSettings
from dialer.mqtt.topics import status_topic, topic


def test_a_topic_reads_like_the_event() -> None:
    assert topic("main", "call/0192ab/answered") == "goldenhour/v1/main/call/0192ab/answered"
    assert status_topic("main") == "goldenhour/v1/main/status"


@given(st.text())
def test_a_topic_never_holds_a_wildcard(subject: str) -> None:
    assert not set(topic("main", subject)) & set("+#\0")


def test_what_the_outbox_escaped_is_not_escaped_again() -> None:
    assert topic("main", "agent/a%2Fb/state") == "goldenhour/v1/main/agent/a%2Fb/state"


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=60))
def test_waits_grow_to_the_longest_and_stay_there(luck: list[float]) -> None:
    draws = iter(luck)
    backoff = Backoff(first_s=0.5, longest_s=30, random=lambda: next(draws))
    for failures in range(len(luck)):
        step = min(30.0, 0.5 * 2**failures)
        assert step / 2 <= backoff.next() <= step


def test_two_sites_do_not_come_back_at_the_same_instant() -> None:
    assert len({Backoff().next() for _ in range(50)}) > 40


def test_success_starts_the_waits_afresh() -> None:
    backoff = Backoff(random=lambda: 0.999)
    first = backoff.next()
    assert backoff.next() > first
    backoff.reset()
    assert backoff.next() == first


@pytest.mark.parametrize("change", [{"host": ""}, {"site": "a/b"}, {"site": "+"}, {"site": ""}, {"window": 0}])
def test_settings_that_cannot_work_are_refused(change: dict) -> None:
    with pytest.raises(ValueError):
        FeedSettings(**{"host": "broker", "site": "main", **change})


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(FeedSettings(host="broker", site="main", password="secret"))


def test_tls_needs_an_authority_that_exists(tmp_path) -> None:
    with pytest.raises(OSError):
        FeedSettings(host="broker", site="main", tls=True, ca_file=tmp_path / "none.crt").tls_context()
