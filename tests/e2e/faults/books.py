"""What must be true of every site whatever happened to it, read from its database and files after it has stopped."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.e2e.faults.centre import Centre

Row = dict[str, Any]


def rows(data: Path, statement: str) -> list[Row]:
    with closing(sqlite3.connect(f"file:{data / 'goldenhour.db'}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(statement)]


async def close_and_audit(centre: Centre) -> None:
    """The site is closed in order; then everything must be accounted for."""
    await centre.quiet()
    assert await centre.site.stop() == 0, centre.site.log()
    assert centre.site.processes() == [], "processes were left"
    audit(centre)


def audit(centre: Centre) -> None:
    data = centre.site.data
    attempts = rows(data, "SELECT * FROM attempts")
    _one_outcome_each(attempts, rows(data, "SELECT subject FROM journal WHERE name = 'call.ended'"))
    _as_the_carrier_has_it(attempts, centre)
    _recordings(data)
    text = centre.site.log()
    assert "Traceback" not in text, text[text.index("Traceback") - 500 :][:6000]


def _one_outcome_each(attempts: list[Row], ends: list[Row]) -> None:
    open_ones = [attempt["attempt_id"] for attempt in attempts if not attempt["outcome"] or not attempt["ended_at"]]
    assert not open_ones, f"attempts without an outcome: {open_ones}"
    told = Counter(row["subject"].split("/")[1] for row in ends)
    assert told == Counter(attempt["attempt_id"] for attempt in attempts), "attempts and their ends differ"


def _as_the_carrier_has_it(attempts: list[Row], centre: Centre) -> None:
    """Every INVITE the carrier saw is an attempt, and no attempt was more than one."""
    ours = {a["sip_call_id"]: a["number"] for a in attempts}
    assert len(ours) == len(attempts), "two attempts share a Call-ID"
    theirs = Counter(invite.call_id for invite in centre.town.carrier.invites)
    twice = [call_id for call_id, count in theirs.items() if count > 1]
    assert not twice, f"placed more than once: {twice}"
    for invite in centre.town.carrier.invites:
        assert ours.get(invite.call_id) == invite.number, f"the carrier has a call nobody accounts for: {invite}"


def _recordings(data: Path) -> None:
    """Finalized with its file whole, or lost with the reason; nothing torn lies where files are looked for."""
    root = data / "recordings"
    found = rows(data, "SELECT * FROM recordings")
    for row in found:
        assert row["state"] in ("FINALIZED", "LOST"), row
        assert row["state"] == "FINALIZED" or row["remark"], f"lost without a reason: {row}"
    kept = {row["path"]: row["size_bytes"] for row in found if row["state"] == "FINALIZED"}
    visible = visible_recordings(data)
    assert visible == kept, "files and database differ"
    assert not list((root / ".part").iterdir()), "unfinished work lies about"


def visible_recordings(data: Path) -> dict[str, int]:
    """Sizes of all files where finished recordings are looked for, by path."""
    root = data / "recordings"
    return {
        str(path.relative_to(root)): path.stat().st_size
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] not in ("raw", ".part")
    }
