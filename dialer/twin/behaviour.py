"""How customers, networks and agents behave, as parameters."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dialer.twin.spread import Spread, Time, fixed

Share = Annotated[float, Field(ge=0, le=1)]
# Of conversations with persons, where neither the scenario nor a log says otherwise.
USUAL: Final = {
    "SALE": 0.06, "APPOINTMENT": 0.04, "CALLBACK": 0.12, "NOT_INTERESTED": 0.58, "WRONG_PERSON": 0.05,
    "DO_NOT_CALL": 0.03, "NO_TALK": 0.12,
}  # fmt: skip


class Behaviour(BaseModel):
    """Defaults are the reference world. Shares `busy` to `machine` are of the attempts that no person answers; the rest
    of those rings until our ring time is over."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    # whether anybody answers
    person: Share = 0.30
    person_by_hour: dict[str, Share] = Field(default_factory=dict)  # the called person's hour of the day -> chance
    busy: Share = 0.10
    invalid: Share = 0.0
    declined: Share = 0.0
    congested: Share = 0.0
    failed: Share = 0.0
    machine: Share = 0.20
    machine_is_told: bool = True  # the network or the detector ends such a call before an agent is bothered
    # when
    post_dial_s: Time = Spread(low=1.0, high=3.0)
    ring_s: Time = Spread(mean=9.0, cv=0.6)  # from the first ringing to the answer
    refusal_s: Time = Spread(low=0.5, high=2.5)  # busy, invalid, declined, congested: from the INVITE
    machine_ring_s: Time = Spread(low=16.0, high=22.0)
    machine_s: Time = fixed(2.0)  # how long it takes to be told, else how long an agent listens to it
    # what the campaign's detector makes of those who answer, where it screens them
    machine_found: Share = 1.0  # of the machines; the others are taken for persons
    person_mistaken: Share = 0.0  # of the persons, taken for machines
    machine_verdict_s: Time = fixed(2.9)  # from the answer
    person_verdict_s: Time = fixed(0.9)
    # the conversation
    talk_s: Time = Spread(mean=90.0, cv=1.0)
    wrap_up_s: Time = Spread(mean=15.0, gamma=4.0)
    patience_s: Time = fixed(60.0)  # who is answered by nobody hangs up after this
    agent_hangs_up: Share = 0.0  # of the conversations, in place of the customer
    preview_s: Time = fixed(10.0)  # how long an agent reads a lead that is shown to him before he calls it
    phone_answer_s: Time = fixed(0.3)  # agents' phones, where they are called for each customer
    dispositions: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)  # code -> share
    callback_h: Time = Spread(low=1.0, high=48.0)  # hours until the time a customer asks for
    callback_for_me: Share = 0.5  # of the callbacks, only for the agent who promised them

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        unanswered = self.busy + self.invalid + self.declined + self.congested + self.failed + self.machine
        if unanswered > 1 + 1e-9:
            raise ValueError(f"busy to machine add up to {unanswered:.2f}; as shares of the unanswered at most 1")
        if self.dispositions and not sum(self.dispositions.values()):
            raise ValueError("dispositions: at least one share must be above 0")
        if wrong := [hour for hour in self.person_by_hour if not hour.isdigit() or int(hour) > 23]:
            raise ValueError(f"person_by_hour: {wrong[0]!r} is no hour of the day; use 0 to 23")
        return self

    def person_at(self, hour: int) -> float:
        return self.person_by_hour.get(str(hour), self.person)
