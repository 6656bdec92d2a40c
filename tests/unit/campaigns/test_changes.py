"""What changed between two versions of a campaign, and the few settings a planner sees."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign import CampaignSettings, Caps
from campaigns.changes import UnknownSetting, assigned, changes, cloned, document, merged
from campaigns.disposition import STANDARD
from campaigns.visible import MOST_VISIBLE, VISIBLE, shown
from tests.unit.campaigns.builders import pack, settings, window


def said(before: CampaignSettings, after: CampaignSettings) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.before, change.after) for change in changes(before, after)}


def test_equal_settings_have_no_changes() -> None:
    assert changes(settings(lines=3), settings(lines=3)) == ()


def test_a_change_names_the_setting_with_before_and_after() -> None:
    after = settings(lines=12, caps=Caps(lead_attempts=4), windows=(window("mon", "09:00", "12:00"),))
    assert said(settings(), after) == {
        "lines": (0, 12),
        "caps.lead_attempts": (6, 4),
        "windows": ([], [{"days": ["mon"], "from": "09:00:00", "to": "12:00:00"}]),
    }


def test_dispositions_are_compared_by_their_codes() -> None:
    renamed = tuple(d.model_copy(update={"label": "Sold"}) if d.code == "SALE" else d for d in STANDARD)
    assert said(settings(), settings(dispositions=renamed)) == {"dispositions.SALE.label": ("Sale", "Sold")}
    fewer = said(settings(), settings(dispositions=STANDARD[:-1]))
    assert fewer["dispositions.APPOINTMENT_CANCELLED.label"] == ("Appointment cancelled", None)


def test_tables_are_merged_and_lists_replaced() -> None:
    present = settings(caps=Caps(lead_attempts=4), agents=("amy",))
    wanted = assigned([("caps.number_per_24h", 2), ("agents", ["bob"]), ("retry.BUSY.delays_s", [600])])
    after = CampaignSettings.model_validate(merged(present, wanted))
    assert (after.caps.lead_attempts, after.caps.number_per_24h) == (4, 2)
    assert after.agents == ("bob",)
    assert [rule.delays_s for rule in after.retry.values()] == [(600,)]


def test_a_setting_goes_back_to_what_is_usual() -> None:
    present = settings(lines=9, caps=Caps(lead_attempts=4))
    after = CampaignSettings.model_validate(merged(present, {}, ["lines", "caps.lead_attempts"]))
    assert after == settings()
    for nonsense in ("lnies", "caps.lead", "lines.more"):
        with pytest.raises(UnknownSetting):
            merged(present, {}, [nonsense])


def test_two_assignments_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(UnknownSetting):
        assigned([("caps", 3), ("caps.lead_attempts", 4)])


def test_a_clone_differs_by_its_code_only() -> None:
    original = settings(lines=7)
    assert set(said(original, cloned(original, "summer"))) == {"code"}
    assert cloned(original, "summer", "Summer").name == "Summer"


@given(st.integers(0, 2000), st.integers(0, 600), st.sets(st.sampled_from(["amy", "bob", "eve"])))
def test_the_changes_of_a_change_lead_back(lines: int, wrap_up_s: int, agents: set[str]) -> None:
    before = settings()
    after = settings(lines=lines, wrap_up_s=wrap_up_s, agents=tuple(sorted(agents)))
    back = assigned((change.field, change.before) for change in changes(before, after))
    assert CampaignSettings.model_validate(merged(after, back)) == before


def test_a_planner_sees_at_most_twenty_settings_and_all_on_request() -> None:
    assert len(VISIBLE) <= MOST_VISIBLE == 20
    assert set(VISIBLE) <= set(CampaignSettings.model_fields)
    few = shown(settings(), pack("cn"))
    assert [setting.name for setting in few] == list(VISIBLE)
    everything = shown(settings(), pack("cn"), everything=True)
    assert {setting.name for setting in everything} == set(document(settings()))
    assert all(setting.label and setting.label_zh for setting in few)


def test_every_value_says_where_it_comes_from() -> None:
    cn = f"policy pack cn {pack('cn').version}"
    found = {s.name: s for s in shown(settings(lines=9, abandon_limit_s=3.0), pack("cn"), everything=True)}
    assert (found["lines"].value, found["lines"].origin) == (9, "set here")
    assert found["wrap_up_s"].origin == "default"
    assert found["windows"].origin == cn
    assert found["windows"].value[0]["from"] == "09:00:00"
    assert (found["abandon_limit_s"].value, found["abandon_limit_s"].origin) == (2.0, cn)
    own = {s.name: s for s in shown(settings(windows=(window("mon", "09:00", "12:00"),)), pack("cn"))}
    assert own["windows"].origin == "set here"
