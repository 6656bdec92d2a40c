"""The journal gives back what was written, whatever a crash did to its end."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sip.events import DtmfReceived
from sip.worker.journal import Entry, Journal, read_journal
from sip.worker.outbox import Outbox

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def event(digit: str = "5") -> DtmfReceived:
    return DtmfReceived(worker="w1", at=AT, leg_id="leg", digit=digit)


def entry(seq: int) -> Entry:
    return Entry(seq=seq, event=event(str(seq % 10)))


def written(path: Path, count: int) -> list[Entry]:
    journal = Journal(path)
    entries = [entry(seq) for seq in range(1, count + 1)]
    for one in entries:
        journal.append(one)
    journal.close()
    return entries


def outbox(path: Path, *, started_us: int = 0, limit: int = 100) -> Outbox:
    return Outbox(Journal(path), started_us=started_us, limit=limit)


def test_what_was_not_acknowledged_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "w1.journal"
    entries = written(path, 5)
    journal = Journal(path)
    journal.acknowledge(3, entries[3:])
    journal.close()
    assert read_journal(path).entries == entries[3:]
    assert read_journal(path).last_seq == 5


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none.journal").entries == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(0, 600))
def test_a_journal_cut_anywhere_keeps_every_whole_record_and_goes_on(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "w1.journal"
    path.unlink(missing_ok=True)
    entries = written(path, 5)
    size = path.stat().st_size
    os.truncate(path, min(cut, size))
    whole = len(read_journal(path).entries)
    assert read_journal(path).entries == entries[:whole]
    assert whole == 5 * min(cut, size) // size
    journal = Journal(path)
    journal.append(entry(9))
    journal.close()
    assert read_journal(path).entries == [*entries[:whole], entry(9)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_damaged_record_is_never_taken_for_an_event(tmp_path: Path, at: int, bit: int) -> None:
    path = tmp_path / "w1.journal"
    path.unlink(missing_ok=True)
    entries = written(path, 5)
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1 << bit
    path.write_bytes(data)
    found = read_journal(path).entries
    assert found == entries[: len(found)]
    assert len(found) < 5


def test_a_long_journal_is_written_anew_with_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "w1.journal"
    box = outbox(path, limit=100_000)
    last = [box.append(event()) for _ in range(6_000)][-1]
    grown = path.stat().st_size
    box.acknowledge(last.seq - 1)
    assert path.stat().st_size < grown / 100
    assert read_journal(path).entries == [last]
    after = box.append(event("8"))
    assert read_journal(path).entries == [last, after]


def test_numbers_rise_over_restarts_even_when_the_clock_steps_back(tmp_path: Path) -> None:
    path = tmp_path / "w1.journal"
    first = outbox(path, started_us=1_000_000).append(event())
    again = outbox(path, started_us=5)
    second = again.append(event())
    assert second.seq > first.seq > 1_000_000
    assert [found.seq for found in again.after(0)] == [first.seq, second.seq]
    assert [found.seq for found in again.after(first.seq)] == [second.seq]


def test_a_restart_after_everything_was_acknowledged_does_not_reuse_a_number(tmp_path: Path) -> None:
    path = tmp_path / "w1.journal"
    box = outbox(path, started_us=1_000)
    first = box.append(event())
    box.acknowledge(first.seq)
    assert outbox(path, started_us=0).append(event()).seq > first.seq


def test_an_acknowledgement_of_a_number_never_given_out_forgets_nothing(tmp_path: Path) -> None:
    box = outbox(tmp_path / "w1.journal", started_us=1_000)
    box.append(event())
    box.acknowledge(10**18)
    box.acknowledge(3)
    assert len(box) == 1


def test_at_the_limit_new_calls_are_refused_but_events_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "w1.journal"
    box = outbox(path, limit=3)
    entries = [box.append(event()) for _ in range(5)]
    assert box.full
    assert read_journal(path).entries == entries
    box.acknowledge(entries[2].seq)
    assert not box.full


def test_a_full_disk_keeps_the_event_in_memory_and_refuses_new_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w1.journal"
    box = outbox(path)
    first = box.append(event())
    whole_write = os.write
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", lambda descriptor, data: whole_write(descriptor, data[:7]))
        second = box.append(event())
    assert box.full
    assert [one.seq for one in box.after(0)] == [first.seq, second.seq]
    assert read_journal(path).entries == [first]
    third = box.append(event())
    assert not box.full
    assert read_journal(path).entries == [first, third]


def test_a_clean_end_with_everything_acknowledged_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "w1.journal"
    box = outbox(path)
    box.acknowledge(box.append(event()).seq)
    box.close()
    assert not path.exists()
