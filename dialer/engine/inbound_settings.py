"""Which calls from customers are taken, for whom, and how long they may wait. Durations in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who takes the calls to a number: the campaign's agents, or these."""

    campaign: str
    agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundTrunk:
    """`country` is for callers' numbers without a country code; `numbers` are ours (E.164, or as dialled)."""

    country: str
    numbers: Mapping[str, Desk] = field(default_factory=dict)
    other_numbers: Desk | None = None
    user: str = ""  # our account: a registered trunk dials this, and says in To which number was meant


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundSettings:
    """`sorry_file` is a WAV that callers hear whom nobody could take; "": they are refused without being answered."""

    trunks: Mapping[str, InboundTrunk] = field(default_factory=dict)
    wait_s: float = 30.0
    agent_answer_s: float = 5.0  # an agent's phone that had this long and did not answer has failed
    sorry_file: str = ""
    missed_due_s: float = 60.0  # a customer whom nobody could take is due again after this
    calls_per_second: float = 5.0  # more than this, over one trunk, is refused
    burst: float = 10.0
    fork_s: float = 3.0  # the same caller again within this, while it rings, is a fork of one call
