"""What the engine is told at its start. Durations in seconds unless the name says otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from campaigns.campaign import CampaignSettings
from campaigns.policy import Policy
from dialer.domain.agent import LegMode
from dialer.engine.inbound_settings import InboundSettings


class Policies(Protocol):
    """`dialer.policies.PolicyBook`, as far as the engine asks it."""

    def of(self, settings: CampaignSettings, country: str = "") -> Policy:
        """The strictest rules for a lead of `country` ("" is the campaign's own). Raises `Invalid`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """`safe_harbour_file` and `beep_file` are WAVs that the workers can read; "" are the built-in ones."""

    policies: Policies
    safe_harbour_file: str = ""
    message_directory: str = ""  # of the campaigns' own sounds
    beep_file: str = ""
    record: bool = True
    time_zone: str = "Asia/Shanghai"  # of the site: its days are the agents' days
    leg_mode: LegMode = LegMode.AUTO  # of agents who have no mode of their own
    lease_s: float = 60.0
    no_progress_s: float = 5.0
    agent_answer_s: float = 1.2  # an agent's phone that had this long and did not answer has failed
    longest_warning_s: float = 600.0  # so long before the longest call ends
    wrap_up_extension_s: float = 30.0
    command_s: float = 3.0
    end_confirmation_s: float = 5.0  # after our hang-up the leg's end must be reported within this
    disk_floor_bytes: int = 500_000_000
    disk_check_s: float = 15.0
    finalizers: int = 1
    journal_groups: int = 10_000
    recovery_grace_s: float = 2.0
    # The rules that learn and predict: compiled in a process of their own as soon as anybody dials, or in this one once
    # a campaign is to be dialled by them.
    compile_rules: Literal["apart", "here"] = "apart"
    breaker_failures: int = 5
    breaker_back_off_s: float = 30.0
    breaker_longest_s: float = 300.0
    inbound: InboundSettings = field(default_factory=InboundSettings)
