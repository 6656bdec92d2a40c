"""The count of media sockets that keeps PJSIP from aborting."""

from __future__ import annotations

from sip.pjsua.sockets import KEY_FREE_S, SocketBudget


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_small_build_has_sockets_for_30_legs() -> None:
    assert SocketBudget(4, Clock()).legs(live=0) == 30
    assert SocketBudget(4, Clock()).legs(live=4) == 26


def test_a_closed_leg_keeps_its_sockets_for_a_moment() -> None:
    clock = Clock()
    sockets = SocketBudget(4, clock)
    for _ in range(28):
        sockets.closed()
    assert sockets.legs(live=0) == 2
    clock.now += KEY_FREE_S + 0.01
    assert sockets.legs(live=0) == 30


def test_it_never_says_less_than_none() -> None:
    sockets = SocketBudget(4, Clock())
    for _ in range(50):
        sockets.closed()
    assert sockets.legs(live=4) == 0


def test_a_large_build_has_room_for_all_its_legs() -> None:
    assert SocketBudget(400, Clock()).legs(live=0) > 400
