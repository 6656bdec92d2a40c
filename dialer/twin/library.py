"""A recordings library without files."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from recordings.recording import FinalizedRecording


class FakeLibrary:
    """`free` is what is left on its disk; `sounds` are recordings that a crash left repairable."""

    def __init__(self) -> None:
        self.free = 100_000_000_000
        self.finished: dict[str, str] = {}
        self.repairable: set[str] = set()
        self.fails: list[Exception] = []

    def raw_directory(self) -> Path:
        return Path("/nowhere/raw")

    def finalize(
        self, recording_id: str, relative_path: PurePosixPath, customer_file: Path, agent_file: Path
    ) -> FinalizedRecording:
        if self.fails:
            raise self.fails.pop(0)
        return self._finished(recording_id, relative_path)

    def recover(self, recording_id: str, relative_path: PurePosixPath) -> FinalizedRecording | None:
        if recording_id not in self.repairable:
            return None
        return self._finished(recording_id, relative_path, repaired=True)

    def free_bytes(self) -> int:
        return self.free

    def _finished(self, recording_id: str, path: PurePosixPath, *, repaired: bool = False) -> FinalizedRecording:
        self.finished[recording_id] = str(path)
        return FinalizedRecording(
            path=str(path), duration_s=10.0, size_bytes=1000, sha256="ab", sample_rate=8000, repaired=repaired
        )
