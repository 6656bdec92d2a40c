"""The agent machine: one agent at work, as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dialer.domain.agent import AgentState
from dialer.domain.events import AgentStateChanged
from dialer.errors import AgentBusy, WrongState


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    at: datetime


class LogIn(Order):
    pass


class GoReady(Order):
    """Also ends a wrap-up early and takes back a pause or log-out asked for during a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Order):
    reason: str = ""


class LogOut(Order):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay(Order):
    """He would go, and a call that was placed for him still rings: he stays for it, and goes once he is not needed."""

    then: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFailed(Order):
    """The agent's phone cannot be reached: no more calls until he says he is ready."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Order):
    attempt_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebook(Order):
    """Reserved already: for this call from now on."""

    attempt_id: str


class Free(Order):
    """The call he was reserved for went away before he was connected."""


class Connect(Order):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Order):
    """Found talking when the engine came back."""

    attempt_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(Order):
    """The conversation is over; wrap-up until `until`."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(Order):
    until: datetime


class WrapUpOver(Order):
    pass


_S = AgentState
_BUSY: Final = (_S.RESERVED, _S.ON_CALL, _S.WRAP_UP)
NEXT: Final[Mapping[tuple[AgentState, type[Order]], AgentState]] = {
    (_S.LOGGED_OUT, LogIn): _S.PAUSED,
    (_S.LOGGED_OUT, LogOut): _S.LOGGED_OUT,
    (_S.LOGGED_OUT, Resume): _S.ON_CALL,
    (_S.PAUSED, GoReady): _S.READY,
    (_S.PAUSED, Pause): _S.PAUSED,
    (_S.PAUSED, LogOut): _S.LOGGED_OUT,
    (_S.PAUSED, PhoneFailed): _S.PAUSED,
    (_S.PAUSED, Resume): _S.ON_CALL,
    (_S.READY, GoReady): _S.READY,
    (_S.READY, Pause): _S.PAUSED,
    (_S.READY, Stay): _S.READY,
    (_S.READY, LogOut): _S.LOGGED_OUT,
    (_S.READY, PhoneFailed): _S.PAUSED,
    (_S.READY, Reserve): _S.RESERVED,
    (_S.READY, Resume): _S.ON_CALL,
    (_S.RESERVED, GoReady): _S.RESERVED,
    (_S.RESERVED, Rebook): _S.RESERVED,
    (_S.RESERVED, Free): _S.READY,
    (_S.RESERVED, Connect): _S.ON_CALL,
    (_S.RESERVED, PhoneFailed): _S.PAUSED,
    (_S.ON_CALL, GoReady): _S.ON_CALL,
    (_S.ON_CALL, Finish): _S.WRAP_UP,
    (_S.WRAP_UP, GoReady): _S.READY,
    (_S.WRAP_UP, Extend): _S.WRAP_UP,
    (_S.WRAP_UP, WrapUpOver): _S.READY,
    **{(state, Pause): state for state in _BUSY},  # wishes, applied when he would be READY again
    **{(state, LogOut): state for state in _BUSY},
    **{(state, PhoneFailed): state for state in (_S.ON_CALL, _S.WRAP_UP)},
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the agent becomes instead of READY once he is free; a log-out wins over a pause. A READY agent has one while
    a call that was placed for him rings."""

    state: AgentState
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Seat:
    """One agent at work. `waiting_since` orders READY agents: a call that vanished does not cost him his turn."""

    agent_id: str
    state: AgentState = AgentState.LOGGED_OUT
    since: datetime
    reason: str = ""
    attempt_id: str | None = None
    wrap_up_until: datetime | None = None
    waiting_since: datetime | None = None
    wish: Wish | None = None

    def apply(self, order: Order) -> list[AgentStateChanged]:
        """Raises `WrongState` or `AgentBusy` for an order that does not fit; nothing is changed then."""
        following = NEXT.get((self.state, type(order)))
        if following is None:
            raise self._refusal(order)
        if effect := _EFFECTS.get(type(order)):
            effect(self, order)
        if following is AgentState.READY and self.wish is not None and not isinstance(order, Stay):
            return self._grant(order.at)
        return self._become(following, order.at, getattr(order, "reason", ""))

    def _become(self, state: AgentState, at: datetime, reason: str) -> list[AgentStateChanged]:
        previous, attempt_id = self.state, self.attempt_id
        if state is previous and (state in _BUSY or reason == self.reason):
            return []
        self.state, self.since, self.reason = state, at, reason
        self._tidy(at)
        return [
            AgentStateChanged(
                occurred_at=at,
                agent_id=self.agent_id,
                previous=previous,
                state=state,
                reason=reason,
                attempt_id=self.attempt_id or attempt_id,
            )
        ]

    def _tidy(self, at: datetime) -> None:
        """What the new state does not have is gone."""
        if self.state not in _BUSY:
            self.attempt_id = self.wish = None
        if self.state is not AgentState.WRAP_UP:
            self.wrap_up_until = None
        if self.state is AgentState.READY:
            self.waiting_since = self.waiting_since or at
        elif self.state is not AgentState.RESERVED:
            self.waiting_since = None

    def _grant(self, at: datetime) -> list[AgentStateChanged]:
        assert self.wish is not None
        return self._become(self.wish.state, at, self.wish.reason)

    def _reserve(self, order: Reserve | Rebook | Resume) -> None:
        self.attempt_id = order.attempt_id

    def _until(self, order: Finish | Extend) -> None:
        self.wrap_up_until = order.until

    def _wish_pause(self, order: Pause | PhoneFailed) -> None:
        leaving = self.wish is not None and self.wish.state is AgentState.LOGGED_OUT
        if self.state in _BUSY and not leaving:
            self.wish = Wish(AgentState.PAUSED, order.reason)

    def _wish_to_go(self, order: Stay) -> None:
        self.wish = order.then

    def _wish_log_out(self, _: LogOut) -> None:
        if self.state in _BUSY:
            self.wish = Wish(AgentState.LOGGED_OUT)

    def _drop_wish(self, _: GoReady) -> None:
        self.wish = None

    def _refusal(self, order: Order) -> WrongState | AgentBusy:
        kind = AgentBusy if self.state in _BUSY else WrongState
        what = _WORDS.get(type(order), type(order).__name__)
        return kind(
            f"agent {self.agent_id} is {self.state} and cannot {what}",
            field="agent_id",
            details={"agent_id": self.agent_id, "state": self.state.value},
        )


_EFFECTS: Final[Mapping[type[Order], Callable[[Seat, Any], None]]] = {
    Reserve: Seat._reserve,
    Rebook: Seat._reserve,
    Resume: Seat._reserve,
    Finish: Seat._until,
    Extend: Seat._until,
    Pause: Seat._wish_pause,
    PhoneFailed: Seat._wish_pause,
    LogOut: Seat._wish_log_out,
    Stay: Seat._wish_to_go,
    GoReady: Seat._drop_wish,
}
_WORDS: Final[Mapping[type[Order], str]] = {
    LogIn: "log in again",
    GoReady: "become ready before logging in",
    Pause: "pause before logging in",
    Extend: "extend a wrap-up: there is none",
    Reserve: "be reserved for a call",
    Rebook: "be reserved for another call",
}
