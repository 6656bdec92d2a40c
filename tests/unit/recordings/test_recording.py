"""The table of states, and names that tell nothing about who was called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.errors import DeletionRefused
from recordings.naming import raw_name, recording_of, relative_path
from recordings.recording import (
    NEXT,
    Begun,
    Deleted,
    Finalized,
    FinalizedRecording,
    Lost,
    Paused,
    Recording,
    RecordingState,
    Resumed,
)

S = RecordingState
FILE = FinalizedRecording(path="p", duration_s=1, size_bytes=1, sha256="0", sample_rate=8000)
EVENTS = (Begun(), Paused(), Resumed(), Finalized(FILE), Lost("no sound"), Deleted("age"))


def test_a_recording_from_the_first_word_to_its_deletion() -> None:
    recording = Recording(recording_id="r")
    states = [recording.state]
    for event in (Begun(), Paused(), Resumed(), Finalized(FILE), Deleted("older than 180 days")):
        assert recording.apply(event) == [event]
        states.append(recording.state)
    assert states == [S.RESERVED, S.RECORDING, S.PAUSED, S.RECORDING, S.FINALIZED, S.DELETED]


def test_sound_found_after_a_crash_finishes_a_recording_that_was_only_reserved() -> None:
    recording = Recording(recording_id="r")
    recording.apply(Finalized(FILE))
    assert recording.state is S.FINALIZED


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_a_recording_ends_at_most_once_and_late_events_are_counted(events: list) -> None:
    recording = Recording(recording_id="r")
    taken = []
    for event in events:
        try:
            taken += recording.apply(event)
        except DeletionRefused:
            assert isinstance(event, Deleted)
    ends = [e for e in taken if isinstance(e, Finalized | Lost)]
    refused = sum(isinstance(e, Deleted) for e in events) - sum(isinstance(e, Deleted) for e in taken)
    assert len(ends) <= 1
    assert len(events) - refused <= len(taken) + recording.ignored <= len(events)


def test_nothing_leads_out_of_deleted_and_lost() -> None:
    assert not [pair for pair in NEXT if pair[0] in (S.DELETED, S.LOST)]


@pytest.mark.parametrize("state", [S.RESERVED, S.RECORDING, S.PAUSED])
def test_a_running_recording_cannot_be_deleted(state: RecordingState) -> None:
    with pytest.raises(DeletionRefused, match="wait until it is finalized"):
        Recording(recording_id="r", state=state).apply(Deleted("by hand"))


def test_a_legal_hold_forbids_deletion() -> None:
    held = Recording(recording_id="r", state=S.FINALIZED, legal_hold=True)
    with pytest.raises(DeletionRefused, match="legal hold"):
        held.apply(Deleted("by hand"))
    assert held.state is S.FINALIZED


def test_the_day_on_the_shelf_is_utc() -> None:
    at = datetime(2026, 1, 1, 7, 30, tzinfo=timezone(timedelta(hours=8)))
    assert str(relative_path("0192ab", 7, at)) == "2025/12/31/c000007/0192ab.opus"


@pytest.mark.parametrize("bad", ["", "../x", "a/b", "a.b", "-a", "x" * 65, "+8613800000000", "a\n"])
def test_an_id_that_could_leave_the_shelf_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="recording id"):
        relative_path(bad, 1, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        relative_path("a", 1, datetime(2026, 1, 1))


@given(st.text("azAZ09", min_size=1, max_size=64), st.sampled_from(["agent", "customer"]))
def test_a_raw_file_is_found_back_by_its_name(recording_id: str, side) -> None:
    assert recording_of(raw_name(recording_id, side)) == recording_id


@pytest.mark.parametrize("other", ["notes.txt", "a.agent.wav.bak", ".agent.wav", "a.supervisor.wav"])
def test_other_files_in_the_raw_directory_are_nobodys(other: str) -> None:
    assert recording_of(other) is None
