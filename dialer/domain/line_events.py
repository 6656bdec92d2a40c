"""What happened to trunks and workers, and what somebody has to look after."""

from __future__ import annotations

from dialer.domain.event import DomainEvent


class TrunkWentUp(DomainEvent, frozen=True, kw_only=True):
    trunk: str


class TrunkWentDown(DomainEvent, frozen=True, kw_only=True):
    trunk: str
    reason: str
    sip_status: int = 0


class WorkerWentUp(DomainEvent, frozen=True, kw_only=True):
    worker: str
    max_legs: int
    adopted: bool = False


class WorkerWentDown(DomainEvent, frozen=True, kw_only=True):
    worker: str
    reason: str
    calls_lost: int = 0


class AlarmRaised(DomainEvent, frozen=True, kw_only=True):
    """`code` is stable (trunk_breaker, trunk_misconfigured, disk_full, no_common_codec, digest_broken ...)."""

    code: str
    subject: str
    message: str


class AlarmCleared(DomainEvent, frozen=True, kw_only=True):
    code: str
    subject: str
