"""Agents who see whom they will call first."""

from __future__ import annotations

from dialer.twin.rehearsal import rehearse
from dialer.twin.scenario import load_scenario, shipped
from dialer.twin.study import changed


def test_agents_read_each_lead_before_it_is_called_and_so_talk_less() -> None:
    shift = changed(load_scenario(shipped()["reference"]), 'agents=[{count=3,from="09:00",to="09:30"}]')
    shown, called = rehearse(changed(shift, "pacing=preview, behaviour.preview_s=20")), rehearse(shift)
    assert 10 < shown.attempts < called.attempts
    assert shown.conversations > 0
    assert shown.faults == shown.abandoned == 0
