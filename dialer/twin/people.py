"""The people of a rehearsal: what becomes of the k-th attempt and how long an agent's n-th conversation is.

Every draw has a stream of its own, named by the seed and by what is drawn, so the k-th attempt has the same fate and
the n-th conversation the same length whatever the dialer does in between: settings are compared on the same day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from dialer.twin.behaviour import USUAL, Behaviour
from dialer.twin.parties import Fate, Heard
from dialer.twin.spread import pick, stream
from sip.amd import Reason, Verdict
from sip.causes import LegOutcome

_REFUSALS: Final[Mapping[str, tuple[int, int | None, LegOutcome]]] = {
    "busy": (486, 17, LegOutcome.BUSY),
    "invalid": (404, 1, LegOutcome.INVALID_NUMBER),
    "declined": (603, 21, LegOutcome.DECLINED),
    "congested": (503, 34, LegOutcome.CONGESTED),
    "failed": (488, None, LegOutcome.FAILED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who is at the other end of one attempt. `talk_s` None: as long as the agent's conversation is."""

    fate: Fate
    person: bool = False
    machine: bool = False
    talk_s: float | None = None
    disposition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """An agent's n-th conversation."""

    talk_s: float
    wrap_up_s: float
    by_agent: bool
    choice: float  # 0..1, of the dispositions
    callback_s: float
    for_me: bool


Script = Callable[[str, int], Party | None]  # number, k-th attempt on it -> what a log says


def no_log(number: str, attempt: int) -> None:
    """Nothing is known of any attempt. Goes to processes beside this one, as no lambda can."""


class People:
    """`hour` is the called person's. `known` may say who is behind a number (its chance of a person)."""

    def __init__(
        self,
        behaviour: Behaviour,
        seed: int,
        *,
        codes: Mapping[str, float],
        by_number: bool = False,
        chances: Mapping[str, float] | None = None,
        script: Script = no_log,
    ) -> None:
        self._is, self._seed, self._script = behaviour, seed, script
        self._codes = dict(codes)
        self._by_number, self._chances = by_number, chances or {}
        self._attempts = 0
        self._on_number: Counter[str] = Counter()
        self._talks: Counter[str] = Counter()

    def called(self, number: str, hour: int) -> Party:
        """Who answers the next attempt."""
        self._attempts += 1
        self._on_number[number] += 1
        told = self._script(number, self._on_number[number])
        if told is not None:
            return told
        key = f"{number}/{self._on_number[number]}" if self._by_number else str(self._attempts)
        return self._party(stream(self._seed, "call", key), self._chance(number, hour))

    def talks(self, agent_id: str) -> Talk:
        """The agent's next conversation."""
        self._talks[agent_id] += 1
        chance, who = stream(self._seed, "talk", agent_id, self._talks[agent_id]), self._is
        return Talk(
            talk_s=who.talk_s.draw(chance),
            wrap_up_s=who.wrap_up_s.draw(chance),
            by_agent=chance.random() < who.agent_hangs_up,
            choice=chance.random(),
            callback_s=max(3600 * who.callback_h.draw(chance), 60.0),
            for_me=chance.random() < who.callback_for_me,
        )

    def decision(self, party: Party, talk: Talk) -> str:
        """The disposition's code."""
        return party.disposition or pick(self._codes, talk.choice)

    def reads(self, agent_id: str, lead_id: int) -> float:
        return self._is.preview_s.draw(stream(self._seed, "preview", agent_id, lead_id))

    def patience(self, number: str) -> float:
        return self._is.patience_s.draw(stream(self._seed, "patience", number, self._on_number[number]))

    def _chance(self, number: str, hour: int) -> float:
        own, usual = self._chances.get(number), self._is.person
        at = self._is.person_at(hour)
        if own is None:
            return at
        return min(own * at / usual, 1.0) if usual else own

    def _party(self, chance: Random, person: float) -> Party:
        """Everything is drawn in the same order whatever comes of it."""
        who = self._is
        answered, kind = chance.random() < person, chance.random()
        dialled, rang = who.post_dial_s.draw(chance), who.ring_s.draw(chance)
        refused, machine = who.refusal_s.draw(chance), who.machine_ring_s.draw(chance)
        listens, heard = who.machine_s.draw(chance), self._heard(chance, person=answered)
        if answered:
            fate = Fate(rings_after=dialled, answers_after=dialled + rang, heard=heard)
            return Party(fate=fate, person=True)
        for name, (status, q850, outcome) in _REFUSALS.items():
            kind -= getattr(who, name)
            if kind < 0:
                fate = Fate(rings_after=None, refuses_after=refused, status=status, q850=q850, outcome=outcome)
                return Party(fate=fate)
        if kind < who.machine:
            return self._machine(dialled, machine, listens, heard)
        return Party(fate=Fate(rings_after=dialled))

    def _heard(self, chance: Random, *, person: bool) -> Heard:
        """The verdict, should anybody ask a detector."""
        who, right = self._is, chance.random()
        machine = right < who.person_mistaken if person else right < who.machine_found
        of_machine, of_person = who.machine_verdict_s.draw(chance), who.person_verdict_s.draw(chance)
        if machine:
            return Heard(verdict=Verdict.MACHINE, reason=Reason.LONG_GREETING, after_s=of_machine)
        return Heard(verdict=Verdict.HUMAN, reason=Reason.GREETED, after_s=of_person)

    def _machine(self, dialled: float, rang: float, listens: float, heard: Heard) -> Party:
        if self._is.machine_is_told:
            ends = Fate(
                rings_after=dialled, refuses_after=dialled + rang + listens, status=480, q850=19,
                outcome=LegOutcome.NO_ANSWER,
            )  # fmt: skip
            return Party(fate=ends, machine=True)
        fate = Fate(rings_after=dialled, answers_after=dialled + rang, heard=heard)
        return Party(fate=fate, machine=True, talk_s=listens, disposition="MACHINE")


def usual_codes(codes: Mapping[str, float], known: Mapping[str, bool]) -> dict[str, float]:
    """Shares of the dispositions: those given, else the usual ones that the campaign has, else any that close."""
    if codes:
        return dict(codes)
    usual = {code: share for code, share in USUAL.items() if code in known}
    return usual or {code: 1.0 for code, closes in known.items() if closes}
