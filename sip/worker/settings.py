"""What one worker process is started with, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from sip.station import StationSettings

DEFAULT_STATION = "sip.pjsua.station:Station"


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`station` names the station factory as `module:attribute`; it is imported by the worker process only.

    `orphan_s` without an engine the worker hangs up whatever is left: no conversation may last longer, and two ends
    that both wait for the other would otherwise stay up for ever.
    """

    name: str
    run_directory: str
    station_settings: StationSettings
    station: str = DEFAULT_STATION
    idle_exit_s: float = 30.0
    orphan_s: float = 14_400.0
    heartbeat_s: float = 1.0
    unacknowledged_limit: int = 20_000  # events kept for an absent engine before new calls are refused
    remembered_commands: int = 2_000


@dataclass(frozen=True, slots=True)
class WorkerFiles:
    """The files of one worker in the run directory. The lock is held by the living process and carries its pid."""

    run_directory: Path
    name: str

    @property
    def socket(self) -> Path:
        return self.run_directory / f"{self.name}.sock"

    @property
    def journal(self) -> Path:
        return self.run_directory / f"{self.name}.journal"

    @property
    def lock(self) -> Path:
        return self.run_directory / f"{self.name}.lock"

    @property
    def log(self) -> Path:
        return self.run_directory / f"{self.name}.log"

    @property
    def settings(self) -> Path:
        return self.run_directory / f"{self.name}.json"
