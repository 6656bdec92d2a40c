"""What the engine needs from the outside, apart from telephony (`sip.telephony`) and time (`dialer.clock`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import Campaign, CampaignSettings
from campaigns.lead import Dossier, DueKind, Lead, LeadState
from campaigns.order import NO_TURNS, Turns
from campaigns.places import Place
from campaigns.script_version import Released
from campaigns.statistics import ScriptCounts
from dialer.domain.agent import LegMode
from dialer.domain.events import DomainEvent
from dialer.ports.callbacks import Callbacks
from dialer.ports.inbound import InboundBook
from dialer.ports.pacing import PacingBook
from dialer.ports.pilots import PilotUnderWay
from dialer.ports.screening import ScreeningBook
from dialer.ports.standing import Standings
from recordings.recording import FinalizedRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """`phone` is a `sip:` address, or an extension reached over `phone_trunk` (a PBX).

    `daily_cap`: effective calls a day; None is no limit, or the newcomers' usual one. `passed` are scripts with their
    versions. `groups`, `skills` (with their levels) and `passed` are kept by `dialer.ports.groups`.
    """

    agent_id: str
    name: str
    phone: str
    phone_trunk: str = ""
    leg_mode: LegMode = LegMode.AUTO
    active: bool = True
    newcomer: bool = False
    daily_cap: int | None = None
    groups: frozenset[str] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    passed: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDraft:
    """The row committed before the INVITE."""

    attempt_id: str
    campaign_id: int
    campaign_version: int
    lead_id: int
    number: str
    trunk: str
    worker: str
    sip_call_id: str
    caller_id: str
    placed_at: datetime
    policy: str = ""
    rules: str = ""  # the verdict's trace, JSON
    reserved_agent: str | None = None
    script_version: str = ""  # name and version of the script the call is made with
    abandon_limit_s: float = 2.0  # from the answer: an agent who comes later comes too late


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """An attempt as stored, for lists and recovery. `id` fields as in the command line's JSON."""

    attempt_id: str
    campaign_id: int
    campaign_code: str
    lead_id: int
    lead_name: str
    number: str
    trunk: str
    worker: str
    sip_call_id: str
    caller_id: str
    placed_at: datetime
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: AttemptOutcome | None = None
    sip_status: int | None = None
    q850: int | None = None
    reason: str = ""
    agent_id: str | None = None
    disposition: str | None = None
    note: str = ""
    disposed_at: datetime | None = None
    recording_id: str | None = None
    recording_path: str | None = None
    mos: float | None = None
    script_version: str = ""
    abandon_limit_s: float | None = None  # None: placed before it was kept
    message_at: datetime | None = None  # the customer heard the safe-harbour message from here on
    opted_out_at: datetime | None = None  # ... and pressed the key it names
    screening_mode: str | None = None  # these as in dialer.domain.events.CallScreened; None: no verdict
    screening_verdict: str | None = None
    screening_reason: str | None = None
    screening_ms: int | None = None
    screening_treatment: str | None = None
    person_marked_at: datetime | None = None  # its agent said that he talks to a person
    message_left_at: datetime | None = None  # our message was spoken to a machine


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """`attempt_id` is the call's: an attempt, or (`inbound`) a call from a customer."""

    recording_id: str
    attempt_id: str
    campaign_id: int
    agent_id: str | None
    state: str  # RESERVED RECORDING PAUSED FINALIZED DELETED LOST
    path: str
    started_at: datetime | None
    duration_s: float | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    repaired: bool = False
    remark: str = ""
    legal_hold: bool = False  # never deleted while set, whatever its age
    hold_by: str = ""
    hold_reason: str = ""
    inbound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """An accepted row of a list, ready to store."""

    row: int
    name: str
    numbers: tuple[tuple[str, str], ...]  # (kind, E.164) in dialling order
    country: str
    time_zone: str
    priority: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    source: str = ""
    segment: str = ""
    skill: str = ""
    value: float = 0.0
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    import_id: int
    campaign_id: int
    file_name: str
    sha256: str
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    rows: int
    accepted: int
    duplicates: int
    refused: int
    refused_file: str
    phase: str = "DONE"  # `dialer.ports.imports.Phase`
    options: Mapping[str, Any] = field(default_factory=dict)  # what the planner asked for, to go on with it
    stored_file: str = ""  # our copy of the list, for as long as it may be needed
    size_bytes: int = 0
    bytes_read: int = 0
    last_line: int = 0  # rows up to this line of the file are stored
    numbers_upto: str = ""  # numbers up to this one are stored
    updated: int = 0
    unchanged: int = 0
    missing: int = 0
    error: str = ""
    report: Mapping[str, Any] | None = None  # the cleaning report, once there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """A journaled event waiting for the feed. `seq` is the journal's order."""

    seq: int
    event_id: str
    name: str
    topic_subject: str  # e.g. "call/0192.../answered"; state topics carry `retained`
    occurred_at: datetime
    payload: bytes
    retained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptCounts:
    """Raw counts of a campaign for its statistics; rates are computed by `campaigns.statistics`."""

    leads: int
    leads_by_state: Mapping[str, int]
    attempts: int
    outcomes: Mapping[str, int]
    dispositions: Mapping[str, int]
    connected: int
    answered_by_person: int
    contacts: int
    successes: int
    effective_calls: int
    talk_s: float
    recordings: int
    recording_s: float
    answer_to_agent_ms: tuple[float, ...]  # every connected call, for exact percentiles
    customer_waits_ms: tuple[float, ...]  # every person: to the agent, to the message, or to his own hanging up
    connected_in_time: int  # of these persons: to an agent within the limit
    connected_late: int  # to an agent, but after the limit: the policy counts them as abandoned
    by_agent: Mapping[str, Mapping[str, float]]  # agent -> calls, talk_s, successes ...
    by_hour: Mapping[
        str, Mapping[str, int]
    ]  # local "YYYY-MM-DDTHH" of the campaign's zone -> attempts, humans, successes
    by_script: Mapping[str, ScriptCounts] = field(default_factory=dict)  # by script and version


class AttemptConflict(Exception):
    """A partial unique index refused the row: the lead or number already has an active attempt."""


class Suppressed(Exception):
    """The number is on the do-not-call list at the instant of dialling; the row was not written."""


class Store(Protocol):
    """Journal and recovery. Every method is one transaction; what returned is durable.

    SQLite and PostgreSQL pass the same contract suite, and so does the in-memory store of the tests.
    """

    @property
    def callbacks(self) -> Callbacks: ...

    @property
    def inbound(self) -> InboundBook: ...

    @property
    def pacing(self) -> PacingBook: ...

    @property
    def screening(self) -> ScreeningBook: ...

    async def close(self) -> None: ...

    # campaigns
    async def add_campaign(
        self, settings: CampaignSettings, *, at: datetime, by: str = "", note: str = ""
    ) -> Campaign: ...
    async def update_campaign(
        self, campaign_id: int, settings: CampaignSettings, *, at: datetime, by: str, note: str = "",
        expected: int | None = None,
    ) -> Campaign:  # fmt: skip
        """New version; the old settings stay readable in the version table. Raises `WrongState` where the present
        version is not the `expected` one."""
        ...

    async def campaigns(self) -> list[Campaign]: ...
    async def campaign(self, code: str) -> Campaign | None: ...

    # agents
    async def save_agent(self, agent: Agent) -> None: ...
    async def agents(self) -> list[Agent]: ...
    async def agent(self, agent_id: str) -> Agent | None: ...

    # leads
    async def lease(
        self,
        campaign_id: int,
        limit: int,
        *,
        owner: str,
        now: datetime,
        until: datetime,
        time_zones: Collection[str] | None = None,
        agent_guaranteed: bool | None = None,
        agents_ready: Collection[str] | None = None,
        skills: Collection[str] | None = None,
        turns: Turns[str] = NO_TURNS,
        own_only: bool = False,
    ) -> list[Lead]:
        """Due, OPEN, unleased leads in the order of `campaigns.order`; expired leases count as free.

        A lead for one agent is leased only when he is among `agents_ready`, until it escalates; one that asks for a
        skill only when it is among `skills`. None: they do not matter. `turns` are those of the lists so far.
        `own_only`: nothing but what waits for one of `agents_ready` alone.
        """
        ...

    async def release(self, lead_id: int, *, owner: str) -> None:
        """Give a lease back untouched: the lead stays due as it was."""
        ...

    async def postpone(self, lead_id: int, *, owner: str, until: datetime) -> None:
        """Give a lease back with a later due time: a rule blocks the lead until then (no attempt was made)."""
        ...

    async def next_due(
        self, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None = None
    ) -> datetime | None:
        """When an OPEN unleased lead is due next; None when no OPEN lead is left.

        Where some are due already, the due time of one of them. With `time_zones` only leads of those zones count.
        Where all are leased, the end of the first lease.
        """
        ...

    async def falls_due(
        self, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None = None
    ) -> datetime | None:
        """The first instant after `now` at which time alone makes another lead leasable: it falls due, it has waited
        long enough for one agent, a lease ends."""
        ...

    async def places(self, campaign_id: int) -> set[Place]:
        """Of the OPEN leads. Where a zone has leads of several countries, also of those it once had."""
        ...

    async def dossier(self, lead_id: int, *, now: datetime) -> Dossier: ...
    async def leads(
        self,
        campaign_id: int,
        *,
        state: LeadState | None = None,
        kind: DueKind | None = None,
        source: str | None = None,
        owner: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[Lead]: ...
    async def dossiers(self, campaign_id: int, *, now: datetime) -> AsyncIterator[Dossier]:
        """Every lead of the campaign with what the rules need, streamed in batches (for `explain`)."""
        ...

    standings: Standings

    # attempts and journal
    async def open_attempt(self, draft: AttemptDraft) -> None:
        """Commit the attempt row before the INVITE, with synchronous FULL on SQLite.

        Checks the do-not-call list in the same transaction. Raises `AttemptConflict` (also while the
        customer calls us) or `Suppressed`.
        """
        ...

    async def record(self, events: Sequence[DomainEvent]) -> None:
        """Apply the events to their rows, append them to the journal and the outbox, in one transaction.

        Idempotent per (attempt, event kind): a replayed `CallAnswered` does not move `answered_at`, a second
        `CallEnded` changes nothing.
        """
        ...

    async def active_attempts(self) -> list[AttemptRow]: ...
    async def attempts(
        self,
        *,
        campaign_id: int | None = None,
        lead_id: int | None = None,
        agent_id: str | None = None,
        since: datetime | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[AttemptRow]:
        """By attempt id (time order), from `after` (exclusive)."""
        ...

    async def attempt(self, attempt_id: str) -> AttemptRow | None: ...
    async def counts(
        self, campaign_id: int, *, since: datetime | None = None, until: datetime | None = None
    ) -> AttemptCounts:
        """Of the attempts placed in [since, until); leads as they are now."""
        ...

    async def pilots_under_way(self) -> list[PilotUnderWay]:
        """Those not decided yet, with their conversations so far."""
        ...

    # scripts
    async def released_scripts(self) -> list[Released]:
        """Every version that is released or was: what `campaigns.script_version.Shelf` is made of."""
        ...

    # imports
    async def begin_import(self, campaign_id: int, *, file_name: str, sha256: str, at: datetime) -> int: ...
    async def add_leads(self, import_id: int, rows: Sequence[NewLead], *, due_at: datetime) -> list[tuple[int, str]]:
        """Store a batch; returns (row, E.164) of rows refused as duplicates of a number in the campaign."""
        ...

    async def finish_import(
        self,
        import_id: int,
        *,
        at: datetime,
        rows: int,
        accepted: int,
        duplicates: int,
        refused: int,
        refused_file: str,
    ) -> None: ...
    async def undo_import(self, import_id: int, *, at: datetime) -> tuple[int, int]:
        """Take back a whole import: (leads removed, leads closed because they had been dialled already)."""
        ...

    async def imports(self, campaign_id: int) -> list[ImportRow]: ...

    # do not call
    async def suppress(self, e164: str, *, reason: str, source: str, at: datetime) -> None:
        """For good, in every campaign: its leads are DO_NOT_CALL where no other number is left."""
        ...

    async def suppressed(
        self, numbers: Collection[str], *, now: datetime | None = None, campaign_id: int | None = None
    ) -> dict[str, str]:
        """Those that a list holds for the campaign (None: for all of them), with the reason. Without `now` entries
        that have expired count as well."""
        ...

    # recordings
    async def recording(self, recording_id: str) -> RecordingRow | None: ...
    async def recordings(
        self,
        *,
        campaign_id: int | None = None,
        agent_id: str | None = None,
        states: Collection[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[RecordingRow]: ...

    # feed
    async def outbox(self, *, limit: int) -> list[OutboxEntry]: ...
    async def published(self, up_to_seq: int) -> None: ...
    async def last_heard(self) -> datetime | None:
        """When the last journaled event happened; None where the journal is empty."""
        ...

    # upkeep
    async def purge(self, *, before: datetime) -> int:
        """Drop journal rows older than `before` that the feed has taken; returns how many."""
        ...


class SoundLibrary(Protocol):
    """Where recordings end up; `recordings.library.RecordingLibrary`. Every method blocks: call it in a thread."""

    def raw_directory(self) -> Path:
        """Where workers write the mono files of running recordings."""
        ...

    def finalize(
        self, recording_id: str, relative_path: PurePosixPath, customer_file: Path, agent_file: Path
    ) -> FinalizedRecording: ...

    def recover(self, recording_id: str, relative_path: PurePosixPath) -> FinalizedRecording | None:
        """From the raw files a crash left; None where there is no usable sound."""
        ...

    def free_bytes(self) -> int: ...
