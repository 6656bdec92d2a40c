"""One lead by hand, and the leads of a campaign by what is asked for."""

from __future__ import annotations

from tests.integration.cli.conftest import Terminal


def test_a_lead_is_added_by_hand_and_found_by_kind_source_and_owner(planned: Terminal) -> None:
    planned.says("agent", "add", "amy", "--phone", "sip:amy@192.0.2.7", "--name", "Amy")
    added = planned.json(
        "leads", "add", "spring", "--number", "138 0013 9999", "--name", "王芳", "--source", "fair", "--owner", "amy",
        "--field", "model=S7", "--external-id", "card 7", "--consent", "asked at the fair",
    )  # fmt: skip
    assert (added["received"], added["lead"]["due_kind"], added["lead"]["fields"]) == ("added", "WEB", {"model": "S7"})
    for words in (("--kind", "WEB"), ("--source", "fair"), ("--owner", "amy"), ("--kind", "WEB", "--state", "OPEN")):
        assert [lead["id"] for lead in planned.json("leads", "spring", *words)] == [added["lead"]["id"]]
    assert planned.json("leads", "spring", "--owner", "bob") == []
    assert len(planned.json("leads", "list", "spring")) == 3
    assert "known, OPEN" in planned.says("leads", "add", "spring", "--number", "13800139999")


def test_a_lead_that_cannot_be_dialled_is_refused(planned: Terminal) -> None:
    assert "none of the numbers can be dialled" in planned.refuses("leads", "add", "spring", "--number", "12")
    assert "NAME=VALUE" in planned.refuses("leads", "add", "spring", "--number", "13800139999", "--field", "model")
    assert len(planned.json("leads", "spring")) == 2
