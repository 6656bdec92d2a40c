"""What a pool of line workers is started with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from sip.station import StationSettings
from sip.worker.settings import DEFAULT_STATION, WorkerSettings

_DRAINING_SHARE = 8
_LEAST_PORTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """`workers` processes are kept in `run_directory`; the RTP ports are split evenly among them.

    `slack_legs` of each worker are kept for legs that are still closing; None chooses 2 on a build with 4 legs and
    an eighth on larger ones. `sip_port_from` 0 lets every worker take any free port, otherwise the n-th gets
    `sip_port_from + n`. `event_window` events per worker wait at most for the consumer of `LinePool.events`.
    """

    run_directory: Path
    workers: int
    worker_prefix: str = "w"
    bind_address: str = "127.0.0.1"
    public_address: str = ""
    rtp_port_from: int = 20000
    rtp_port_to: int = 29999
    sip_port_from: int = 0
    accept_incoming: bool = False
    slack_legs: int | None = None
    max_legs_limit: int = 0
    nameservers: tuple[str, ...] = ()
    user_agent: str = "Goldenhour"
    idle_exit_s: float = 30.0
    heartbeat_s: float = 1.0
    command_timeout_s: float = 2.0
    start_timeout_s: float = 15.0
    event_window: int = 1_000
    unacknowledged_limit: int = 20_000
    station: str = DEFAULT_STATION
    python: str = sys.executable

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers must be at least 1, not {self.workers}")
        ports = self.rtp_port_to - self.rtp_port_from + 1
        if ports // self.workers < _LEAST_PORTS:
            raise ValueError(
                f"rtp_port_from {self.rtp_port_from} to rtp_port_to {self.rtp_port_to} has {ports} ports for "
                f"{self.workers} workers; each needs at least {_LEAST_PORTS}"
            )

    def worker_names(self) -> list[str]:
        return [f"{self.worker_prefix}{number}" for number in range(1, self.workers + 1)]

    def slack(self, max_legs: int) -> int:
        """Legs of a worker that are never reserved; a build too small for any slack gets none."""
        wanted = max(2, max_legs // _DRAINING_SHARE) if self.slack_legs is None else self.slack_legs
        return max(0, min(wanted, max_legs - 2))

    def worker(self, name: str) -> WorkerSettings:
        number = self.worker_names().index(name)
        span = (self.rtp_port_to - self.rtp_port_from + 1) // self.workers // 2 * 2  # RTP starts at even ports
        first = self.rtp_port_from + number * span
        return WorkerSettings(
            name=name,
            run_directory=str(self.run_directory),
            station=self.station,
            idle_exit_s=self.idle_exit_s,
            heartbeat_s=self.heartbeat_s,
            unacknowledged_limit=self.unacknowledged_limit,
            station_settings=StationSettings(
                worker=name,
                bind_address=self.bind_address,
                public_address=self.public_address,
                sip_port=self.sip_port_from + number if self.sip_port_from else 0,
                rtp_port_from=first,
                rtp_port_to=first + span - 1,
                user_agent=self.user_agent,
                nameservers=self.nameservers,
                accept_incoming=self.accept_incoming,
                max_legs_limit=self.max_legs_limit,
            ),
        )
