"""What an export holds, and the manifest that proves it: CSV for people, checksums for `sha256sum --check`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from recordings.errors import ExportRefused

MANIFEST: Final = "manifest.csv"
CHECKSUMS: Final = "manifest.sha256"
_COLUMNS: Final = ("file", "recording_id", "from_s", "to_s", "duration_s", "size_bytes", "sha256", "remark")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportItem:
    """One recording to take along: whole, or from `from_s` to `to_s`. `columns` are carried into the manifest."""

    recording_id: str
    path: str
    sha256: str = ""  # "" is not checked
    from_s: float | None = None
    to_s: float | None = None
    normalise: bool = False
    trim: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return self.from_s is None and self.to_s is None and not self.normalise and not self.trim


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """`file` is "" when the item could not be exported; `remark` then says why."""

    item: ExportItem
    file: str = ""
    duration_s: float = 0.0
    size_bytes: int = 0
    sha256: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    directory: str
    files: tuple[ExportedFile, ...]

    @property
    def exported(self) -> int:
        return sum(1 for f in self.files if f.file)

    @property
    def failed(self) -> tuple[ExportedFile, ...]:
        return tuple(f for f in self.files if not f.file)


def file_name(item: ExportItem, place: int) -> str:
    """`0001-<id>.opus`: sorted as asked for, and two cuts of one recording do not collide."""
    return f"{place:04d}-{item.recording_id}{PurePosixPath(item.path).suffix}"


def manifest(files: Sequence[ExportedFile]) -> str:
    extra = _extra_columns(files)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*_COLUMNS, *extra))
    writer.writerows((*_row(f), *(f.item.columns.get(name, "") for name in extra)) for f in files)
    return text.getvalue()


def _extra_columns(files: Sequence[ExportedFile]) -> list[str]:
    extra = list(dict.fromkeys(name for f in files for name in f.item.columns))
    if clash := sorted(set(extra) & set(_COLUMNS)):
        raise ExportRefused(f"columns {', '.join(clash)} are the manifest's own; name yours differently")
    return extra


def _row(f: ExportedFile) -> tuple[object, ...]:
    item = f.item
    from_s = "" if item.from_s is None else f"{item.from_s:.3f}"
    to_s = "" if item.to_s is None else f"{item.to_s:.3f}"
    return f.file, item.recording_id, from_s, to_s, f"{f.duration_s:.3f}", f.size_bytes, f.sha256, f.remark


def checksums(files: Sequence[ExportedFile], manifest_sha256: str) -> str:
    lines = [f"{f.sha256}  {f.file}" for f in files if f.file]
    return "\n".join([*lines, f"{manifest_sha256}  {MANIFEST}"]) + "\n"
