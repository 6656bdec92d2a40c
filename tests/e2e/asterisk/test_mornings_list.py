"""A morning's work: a list is dialled over a carrier that asks for a password, three agents talk, and afterwards the
product's books, the carrier's books and the recordings tell the same story."""

from __future__ import annotations

import csv
import hashlib
import re
from asyncio import gather
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from campaigns.attempt import AttemptOutcome
from campaigns.lead import CloseReason, LeadState
from dialer.domain.ids import agent_leg
from tests import audio
from tests.asterisk.cdr import Cdr
from tests.asterisk.instance import Asterisk
from tests.asterisk.reconcile import reconcile
from tests.e2e.asterisk.books import attempt_row
from tests.e2e.asterisk.people import O, Person, number, write_list, zone_at
from tests.e2e.asterisk.staff import STAFF, Shift, hire, phones
from tests.e2e.site import Site, new_site

pytestmark = [
    pytest.mark.asterisk, pytest.mark.foreign, pytest.mark.sip, pytest.mark.timeout(240),
]  # fmt: skip

BLOCK: Final = 230
EARLY_MEDIA_S: Final = 0.6
TONE: Final = ("00", "02", "06", "62", "63")  # 1004 Hz as soon as they have answered
# In the order of the list. Those who let it ring begin, so that others are dialled meanwhile.
CALLEES: Final[tuple[tuple[str, AttemptOutcome, int | None], ...]] = (
    ("08", O.NO_ANSWER, None), ("10", O.BUSY, 486), ("00", O.HUMAN, None), ("09", O.NO_ANSWER, None),
    ("11", O.CONGESTED, 503), ("04", O.HUMAN, None), ("12", O.INVALID_NUMBER, 404), ("02", O.HUMAN, None),
    ("16", O.FAILED, 488), ("13", O.DECLINED, 603), ("62", O.HUMAN, None), ("14", O.NO_ANSWER, 480),
    ("21", O.FAILED, 603), ("00", O.HUMAN, None), ("07", O.INVALID_NUMBER, 404), ("15", O.DECLINED, 403),
    ("03", O.HUMAN, None), ("17", O.INVALID_NUMBER, 410), ("63", O.HUMAN, None), ("22", O.FAILED, 488),
    ("18", O.NO_ANSWER, 480), ("06", O.HUMAN, None), ("19", O.DECLINED, 603), ("01", O.HUMAN, None),
    ("99", O.HUMAN, None), ("00", O.HUMAN, None), ("04", O.HUMAN, None),
)  # fmt: skip
DECISIONS: Final = {"00": "SALE", "03": "MACHINE", "06": "DO_NOT_CALL", "62": "NO_TALK", "63": "CALLBACK"}
OTHERWISE: Final = "NOT_INTERESTED"
BUSY_TRIES: Final = 3
CAMPAIGN: Final = """
code = "morning"
name = "A morning's list"
country = "DE"
trunks = ["carrier"]
ring_time_s = 15
wrap_up_s = 120

[[windows]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = 08:00:00
to = 21:00:00

[retry.BUSY]
delays_s = [1]
limit = 3
"""


def _people(now: datetime) -> list[Person]:
    noon = zone_at(13, now)
    return [
        Person(
            number=number(BLOCK, index, ending), name=f"Grete Müller-{index:02d}", time_zone=noon, outcome=outcome,
            sip_status=status, attempts=BUSY_TRIES if outcome is O.BUSY else 1,
        )
        for index, (ending, outcome, status) in enumerate(CALLEES)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What is left of it: the server has stopped, and the commands read the data directory."""

    site: Site
    people: list[Person]
    asleep: Person
    imported: dict[str, Any]
    shift: Shift
    leads: list[dict[str, Any]]
    explained: dict[str, Any]
    floor: dict[str, Any]
    exit_code: int
    attempts: list[dict[str, Any]]
    recordings: list[dict[str, Any]]
    statistics: dict[str, Any]
    records: list[Cdr]

    def of(self, person: Person) -> list[dict[str, Any]]:
        return [row for row in self.attempts if row["number"] == person.number]

    @property
    def connected(self) -> list[dict[str, Any]]:
        return [row for row in self.attempts if row["connected_at"]]

    def carrier_records(self) -> list[Cdr]:
        return [record for record in self.records if record.called.startswith(number(BLOCK, 0, "")[:-3])]

    def voice_hz(self, agent: str) -> float:
        return next(colleague.voice_hz for colleague in STAFF if colleague.agent == agent)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def morning(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Morning]:
    directory: Path = tmp_path_factory.mktemp("morning")
    now = datetime.now(UTC)
    people = _people(now)
    asleep = Person(number=number(BLOCK, 900, "00"), name="Schläfer", time_zone=zone_at(2, now), outcome=None)
    trunks = (asterisk.digest_trunk("carrier"), asterisk.address_trunk("pbx"))
    async with (
        new_site(directory / "site", trunks, workers=4) as site,
        phones(asterisk, directory) as handsets,
    ):
        imported = await _prepare(site, people, asleep)
        await site.start()
        await hire(site, trunk="pbx")
        shift = Shift(site, handsets, lambda called: DECISIONS.get(called[-2:], OTHERWISE))
        before = len(asterisk.cdrs())  # late: the bed is shared, records of calls before may come until here
        await site.cli("campaign", "start", "morning")
        await shift.until(lambda: _through(site, people), within=150, what="end of the list")
        leads, explained = await gather(site.cli("leads", "morning"), site.cli("campaign", "explain", "morning"))
        floor, exit_code = await site.floor(), await site.stop()
        attempts, recordings, statistics = await gather(
            site.cli("attempts", "--campaign", "morning"),
            site.cli("recordings", "list", "--campaign", "morning"),
            site.cli("stats", "morning"),
        )
        yield Morning(
            site=site, people=people, asleep=asleep, imported=imported, shift=shift, leads=leads, explained=explained,
            floor=floor, exit_code=exit_code, attempts=attempts, recordings=recordings, statistics=statistics,
            records=asterisk.cdrs()[before:],
        )  # fmt: skip


async def _prepare(site: Site, people: list[Person], asleep: Person) -> dict[str, Any]:
    """Planned on the evening before, while no server runs."""
    plan = site.directory / "morning.toml"
    plan.write_text(CAMPAIGN)
    await site.cli("campaign", "create", str(plan))
    refuses = number(BLOCK, 901, "00")
    await site.cli("dnc", "add", refuses)
    first = people[0]
    path = write_list(
        site.directory / "list.csv", [*people, asleep],
        ("Refuses", refuses, first.time_zone),
        ("Twice", first.number, first.time_zone),
        ("Nonsense", "12", first.time_zone),
    )  # fmt: skip
    report: dict[str, Any] = await site.cli("import", "morning", str(path))
    return report


async def _through(site: Site, people: list[Person]) -> bool:
    rows = (await site.get("/attempts", campaign="morning", limit=1000))["items"]
    floor = await site.floor()
    settled = len(rows) >= sum(person.attempts for person in people) and all(row["ended_at"] for row in rows)
    return settled and not floor["calls"] and all(agent["state"] == "READY" for agent in floor["agents"])


def _talk_s(row: dict[str, Any]) -> float:
    return (datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["connected_at"])).total_seconds()


def test_the_list_is_taken_as_it_is_and_says_what_it_leaves_out(morning: Morning) -> None:
    report = morning.imported
    assert (report["rows"], report["accepted"]) == (len(CALLEES) + 4, len(CALLEES) + 2)
    assert (report["duplicates_in_file"], report["refused"], report["suppressed"]) == (1, 1, 1)


def test_everybody_is_dialled_as_often_as_the_rules_say(morning: Morning) -> None:
    dialled = Counter(row["number"] for row in morning.attempts)
    assert dialled == {person.number: person.attempts for person in morning.people}


def test_nobody_is_called_at_night_and_the_campaign_says_so(morning: Morning) -> None:
    assert morning.of(morning.asleep) == []
    excluded = {step["rule"]: step["leads"] for step in morning.explained["excluded"]}
    assert excluded["window"] == 1
    assert morning.explained["dialable"] == 0
    assert morning.explained["idle"] is not None


def test_every_attempt_ends_with_the_outcome_of_its_number(morning: Morning) -> None:
    told = {row["number"]: (row["outcome"], row["sip_status"]) for row in morning.attempts}
    for person in morning.people:
        outcome, status = told[person.number]
        assert outcome == person.outcome, person
        assert person.sip_status is None or status == person.sip_status, person
        for row in morning.of(person):
            assert (row["answered_at"] is not None) == person.answers, person
            assert (row["connected_at"] is not None) == person.answers, person


def test_ringing_without_an_answer_ends_with_the_ring_time(morning: Morning) -> None:
    for person in (p for p in morning.people if p.ending in ("08", "09")):
        (row,) = map(attempt_row, morning.of(person))
        assert row.ended_at is not None
        assert (row.ended_at - row.placed_at).total_seconds() == pytest.approx(15, abs=1)


def test_the_carriers_books_and_ours_agree_call_by_call(morning: Morning) -> None:
    attempts = [attempt_row(row) for row in morning.attempts]
    assert [str(difference) for difference in reconcile(attempts, morning.carrier_records())] == []
    assert len(attempts) == len(CALLEES) + BUSY_TRIES - 1


def test_every_conversation_called_one_agent_and_showed_him_the_customers_number(morning: Morning) -> None:
    legs = {r.sip_call_id: r for r in morning.records if re.fullmatch("10[0-9]{2}", r.called)}
    assert legs.keys() == {agent_leg(row["id"], row["agent"]) for row in morning.connected}
    extension = {colleague.agent: colleague.extension for colleague in STAFF}
    for row in map(attempt_row, morning.connected):
        record = legs[agent_leg(row.attempt_id, row.agent_id or "")]
        assert (record.called, record.source) == (extension[row.agent_id or ""], row.number)
        assert record.answered_at is not None
        assert row.connected_at is not None
        assert row.ended_at is not None
        assert (row.connected_at - record.answered_at).total_seconds() < 1
        assert abs((record.ended_at - row.ended_at).total_seconds()) < 1


def test_nobody_waits_two_seconds_for_an_agent(morning: Morning) -> None:
    waits = morning.statistics["answer_to_agent_ms"]
    assert waits["count"] == len(morning.connected)
    assert waits["max"] < 2000
    assert morning.statistics["abandoned"] == 0


def test_the_statistics_add_up_to_the_attempts(morning: Morning) -> None:
    figures, attempts = morning.statistics, morning.attempts
    assert figures["outcomes"] == Counter(row["outcome"] for row in attempts)
    assert figures["attempts"] == len(attempts) == sum(figures["outcomes"].values())
    assert figures["in_flight"] == 0
    assert figures["leads"] == morning.imported["accepted"] == sum(figures["leads_by_state"].values())
    assert figures["dispositions"] == Counter(row["disposition"] for row in morning.connected)
    assert figures["connected"] == len(morning.connected) == sum(a["calls"] for a in figures["by_agent"])
    assert figures["successes"] == sum(row["disposition"] == "SALE" for row in attempts) == 3
    assert figures["recordings"] == len(morning.connected)
    assert sum(hour["attempts"] for hour in figures["by_hour"]) == len(attempts)
    talked = sum(_talk_s(row) for row in morning.connected)
    assert figures["talk_s"] == pytest.approx(talked, abs=0.1)


def test_what_the_agents_reported_is_on_record_and_moves_the_leads(morning: Morning) -> None:
    assert {row["id"]: row["disposition"] for row in morning.connected} == morning.shift.disposed
    assert Counter(morning.shift.ended_by.values()).keys() == {"phone", "screen"}
    assert {row["agent"] for row in morning.connected} == {colleague.agent for colleague in STAFF}


def test_leads_are_closed_or_called_again_by_what_happened(morning: Morning) -> None:
    leads = {lead["number"]: lead for lead in morning.leads}
    state = {person.ending: leads[person.number] for person in morning.people}
    assert (state["00"]["state"], state["00"]["closed_reason"]) == (LeadState.CLOSED, CloseReason.DISPOSITION)
    assert state["06"]["state"] == LeadState.DO_NOT_CALL
    assert (state["10"]["state"], state["10"]["closed_reason"]) == (LeadState.CLOSED, CloseReason.ATTEMPTS_EXHAUSTED)
    for ending in ("08", "11", "13", "18", "63"):
        assert state[ending]["state"] == LeadState.OPEN, ending
        assert datetime.fromisoformat(state[ending]["due_at"]) > datetime.now(UTC), ending


def test_every_conversation_has_one_finished_recording_and_nothing_else_has(morning: Morning) -> None:
    assert {r["state"] for r in morning.recordings} == {"FINALIZED"}
    assert sorted(r["call"] for r in morning.recordings) == sorted(row["id"] for row in morning.connected)
    by_call = {r["call"]: r for r in morning.recordings}
    for row in morning.connected:
        recording = by_call[row["id"]]
        assert recording["agent"] == row["agent"]
        assert recording["duration_s"] == pytest.approx(_talk_s(row), abs=0.5)
    left = [path for path in (morning.site.data / "recordings" / "raw").rglob("*") if path.is_file()]
    assert left == []


def test_recordings_are_sealed_and_their_names_tell_nothing(morning: Morning) -> None:
    root = morning.site.data / "recordings"
    for recording in morning.recordings:
        path = root / recording["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == recording["sha256"]
        assert path.stat().st_size == recording["size_bytes"]
        assert re.fullmatch(r"\d{4}/\d{2}/\d{2}/c\d{6}/[0-9a-f]{32}\.opus", recording["path"])
    names = " ".join(recording["path"] for recording in morning.recordings)
    for person in morning.people:
        assert person.number.lstrip("+") not in names
        assert "ller" not in names


async def test_the_weekly_review_gets_every_conversation_with_its_seal(morning: Morning, tmp_path: Path) -> None:
    report = await morning.site.cli("recordings", "export", str(tmp_path / "review"), "--campaign", "morning")
    assert (report["exported"], report["failed"]) == (len(morning.connected), 0)
    with (tmp_path / "review" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        manifest = {row["call"]: row for row in csv.DictReader(file)}
    assert manifest.keys() == {row["id"] for row in morning.connected}
    for row in manifest.values():
        assert hashlib.sha256((tmp_path / "review" / row["file"]).read_bytes()).hexdigest() == row["sha256"]


def test_the_lines_sounded_well(morning: Morning) -> None:
    assert all(row["mos"] > 4 for row in morning.connected)


def test_the_customer_is_on_the_right_and_the_agent_on_the_left(morning: Morning) -> None:
    """Each alone on his channel, as long as he was heard."""
    for row in (row for row in morning.connected if row["number"][-2:] in TONE):
        left, right = audio.read(Path(row["recording"]))
        voice = morning.voice_hz(row["agent"])
        assert left.tone_s(voice) >= 1.0, row
        assert right.tone_s(1004) >= 1.0, row
        assert left.tone_part_s(1004) == 0, row
        # What the jitter buffer still holds of early media (620 Hz) opens the recording; its end sounds of everything.
        assert right.part(EARLY_MEDIA_S if row["number"].endswith("06") else 0.0).tone_part_s(voice) == 0, row


def test_the_agents_phones_heard_the_customers(morning: Morning) -> None:
    heard = [morning.shift.heard[row["id"]] for row in morning.connected if row["number"][-2:] in TONE]
    assert len(heard) == sum(ending in TONE for ending, _, _ in CALLEES)
    assert all(sound.tone_s(1004) >= 1.0 for sound in heard)


def test_an_agents_voice_goes_all_the_way_to_the_customer_and_back(morning: Morning) -> None:
    """The echo numbers: what comes back was heard there."""
    echoes = [row for row in morning.connected if row["number"].endswith("04")]
    assert len(echoes) == 2
    for row in echoes:
        voice = morning.voice_hz(row["agent"])
        assert morning.shift.heard[row["id"]].tone_s(voice) >= 1.0
        _, right = audio.read(Path(row["recording"]))
        assert right.tone_s(voice) >= 1.0


def test_the_site_stops_cleanly_and_its_log_tells_no_secrets(morning: Morning, asterisk: Asterisk) -> None:
    assert morning.exit_code == 0
    assert morning.site.processes() == []
    log = morning.site.log()
    assert "Traceback" not in log
    assert asterisk.trunk_password not in log
    assert [person.number for person in morning.people if person.number[1:] in log] == []
    trunk = next(trunk for trunk in morning.floor["trunks"] if trunk["name"] == "carrier")
    assert (trunk["breaker"], trunk["down"]) == ("CLOSED", "")
