"""What a planner is told before a campaign starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from campaigns.calendars import Calendar
from campaigns.campaign import CampaignSettings, Caps, Goal, RetryRule
from campaigns.disposition import STANDARD
from campaigns.lint import Facts, Finding, LeadFacts, ScriptFacts, Severity, TrunkFacts, lint
from tests.unit.campaigns.builders import BOOK, at, pack, settings, window

MONDAY_NOON = at("2026-11-23 12:00")
AGENTS = tuple(f"agent{n}" for n in range(1, 9))
SHANGHAI_LEADS = LeadFacts(total=400, by_zone={"Asia/Shanghai": 400}, by_country={"CN": 400})
SAID = frozenset({"identity", "purpose", "recording"})
SOUND: dict[str, Any] = {"script": "Good day", "caller_id": "+862112345678", "deadline": date(2026, 12, 31)}


def facts(of: CampaignSettings | None = None, **changes: Any) -> Facts:
    """A campaign with nothing to say against it, but for the changes."""
    known: dict[str, Any] = {
        "settings": of or settings(**SOUND),
        "policy": pack("cn"),
        "now": MONDAY_NOON,
        "time_zone": "Asia/Shanghai",
        "trunks": {"carrier": TrunkFacts(lines=30, caller_id="+862112345678")},
        "worker_lines": 60,
        "agents": AGENTS,
        "leads": SHANGHAI_LEADS,
        "policies": {"CN": pack("cn")},
    }
    return Facts(**(known | changes))


def planned(**changes: Any) -> CampaignSettings:
    return settings(**(SOUND | changes))


def codes(found: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in found]


def only(found: tuple[Finding, ...]) -> Finding:
    assert len(found) == 1, codes(found)
    return found[0]


def test_nothing_is_said_against_a_sound_campaign() -> None:
    assert lint(facts()) == ()


def test_36_lines_on_a_30_channel_trunk() -> None:
    finding = only(lint(facts(planned(lines=36))))
    assert (finding.code, finding.severity, finding.field) == ("more_lines_than_trunk", Severity.ERROR, "lines")
    assert finding.en == "36 lines on a 30-channel trunk (carrier)"
    assert "36 条线路" in finding.zh
    assert lint(facts(planned(lines=30))) == ()


def test_lines_of_all_trunks_count_together() -> None:
    both = {"carrier": TrunkFacts(lines=30, caller_id="+1234567"), "backup": TrunkFacts(lines=6, caller_id="+1234567")}
    assert lint(facts(planned(lines=36, trunks=("carrier", "backup")), trunks=both)) == ()
    finding = only(lint(facts(planned(lines=37, trunks=("carrier", "backup")), trunks=both)))
    assert finding.en == "37 lines on trunks of 36 channels (carrier, backup)"


def test_more_lines_than_the_workers_hold_is_only_shown() -> None:
    assert only(lint(facts(planned(lines=20), worker_lines=12))).severity is Severity.WARNING
    assert lint(facts(planned(lines=20), worker_lines=None)) == ()


def test_fewer_lines_than_the_agents_named_for_it() -> None:
    named = planned(agents=AGENTS, lines=7)
    finding = only(lint(facts(named)))
    assert (finding.code, finding.severity) == ("fewer_lines_than_agents", Severity.ERROR)
    assert "7 lines for 8 agents: the campaign" in finding.en
    assert only(lint(facts(planned(lines=7)))).severity is Severity.WARNING  # who is there is counted at the start


def test_a_trunk_nobody_knows() -> None:
    assert codes(lint(facts(planned(trunks=("carrot",))))) == ["unknown_trunk"]


def test_a_caller_number_may_come_from_the_trunk() -> None:
    bare = {"carrier": TrunkFacts(lines=30)}
    assert codes(lint(facts(planned(caller_id=None), trunks=bare))) == ["caller_id_missing"]
    assert lint(facts(planned(caller_id=None))) == ()
    assert lint(facts(trunks=bare)) == ()


def test_nobody_to_talk() -> None:
    found = lint(facts(planned(agents=("zoe",)), agents=(), unknown_agents=("zoe",)))
    assert codes(found) == ["unknown_agents", "no_agents"]
    assert {finding.severity for finding in found} == {Severity.ERROR}


def test_window_never_open_before_the_deadline() -> None:
    """Monday noon: the window is on Sundays, and Sunday is after the deadline."""
    sundays = planned(windows=(window("sun", "10:00", "12:00"),), deadline=date(2026, 11, 27))
    finding = only(lint(facts(sundays)))
    assert (finding.code, finding.severity) == ("window_never_open", Severity.ERROR)
    assert finding.en == "window never open before the deadline 2026-11-27"
    longer = planned(
        windows=(window("sun", "10:00", "12:00"),), deadline=date(2026, 11, 29), caps=Caps(lead_attempts=1)
    )
    assert "window_never_open" not in codes(lint(facts(longer)))


def test_a_window_outside_the_policys_wall_never_opens_at_all() -> None:
    night = planned(windows=(window("mon tue wed thu fri", "21:30", "23:00"),), deadline=None)
    assert only(lint(facts(night))).en == "window never open within 400 days"


def test_a_window_that_opens_for_some_zones_only_is_shown() -> None:
    mixed = LeadFacts(total=2, by_zone={"Asia/Shanghai": 1, "America/New_York": 1}, by_country={"CN": 1, "US": 1})
    today = planned(windows=(window("mon", "14:00", "15:00"),), deadline=date(2026, 11, 23), caps=Caps(lead_attempts=1))
    known = facts(today, leads=mixed, policies={"CN": pack("cn"), "US": pack("us")}, now=at("2026-11-24 02:00"))
    finding = only(lint(known))  # it is still Monday in New York, and Tuesday in Shanghai
    assert (finding.code, finding.severity) == ("window_never_open_somewhere", Severity.WARNING)
    assert "Asia/Shanghai" in finding.en


def test_the_deadline_has_passed() -> None:
    assert codes(lint(facts(planned(deadline=date(2026, 11, 22))))) == ["deadline_passed"]
    assert "deadline_passed" not in codes(lint(facts(planned(deadline=date(2026, 11, 23)))))  # its day is not over


def test_whoever_does_not_answer_is_never_tried_again_in_time() -> None:
    slow = planned(retry={"NO_ANSWER": RetryRule(delays_s=(5 * 86400,))}, deadline=date(2026, 11, 26))
    assert codes(lint(facts(slow))) == ["no_other_try"]
    once = slow.model_copy(update={"caps": Caps(lead_attempts=1)})
    assert lint(facts(once)) == ()


def test_no_disposition_closes_a_lead() -> None:
    """A file like that is refused already; settings from elsewhere are not believed either."""
    endless = planned().model_copy(
        update={"dispositions": tuple(d.model_copy(update={"closes_lead": False}) for d in STANDARD)}
    )
    finding = only(lint(facts(endless)))
    assert (finding.code, finding.severity) == ("no_closing_disposition", Severity.ERROR)


def test_conversations_that_settle_nothing_are_shown() -> None:
    wrong_numbers_only = tuple(
        d.model_copy(update={"closes_lead": d.wrong_number, "do_not_call": False, "success": False}) for d in STANDARD
    )
    assert codes(lint(facts(planned(dispositions=wrong_numbers_only)))) == ["no_conversation_closes", "no_success"]


def test_an_empty_list_is_shown() -> None:
    assert codes(lint(facts(leads=LeadFacts()))) == ["no_leads"]


def test_countries_without_a_pack_are_shown() -> None:
    leads = LeadFacts(total=9, by_zone={"Asia/Shanghai": 9}, by_country={"CN": 4, "DE": 3, "": 2})
    packs = {"CN": pack("cn"), "DE": BOOK.of(settings(country="DE"))}
    found = lint(facts(leads=leads, policies=packs))
    assert codes(found) == ["country_not_covered", "general_policy"]
    assert "2 leads in no known country" in found[0].en
    assert "3 leads in DE" in found[1].en


def test_leads_whose_time_zone_is_not_known() -> None:
    some = LeadFacts(total=5, by_zone={"Asia/Shanghai": 3, "": 1, "Mars/Crater": 1}, by_country={"CN": 5})
    finding = only(lint(facts(leads=some)))
    assert (finding.code, finding.severity) == ("unknown_time_zone", Severity.WARNING)
    assert "2 leads" in finding.en
    nobody = LeadFacts(total=5, by_zone={"": 5}, by_country={"CN": 5})
    assert only(lint(facts(leads=nobody))).severity is Severity.ERROR


@pytest.mark.parametrize(
    ("changes", "policy", "code"),
    [
        ({"ring_time_s": 15}, {"min_ring_s": 20}, "ring_time_s_beyond_policy"),
        ({"abandon_limit_s": 3.0}, {}, "abandon_limit_s_beyond_policy"),
        ({"caps": Caps(number_per_24h=5)}, {}, "number_per_24h_beyond_policy"),
        ({"wrap_up_s": 0}, {}, "no_wrap_up"),
        ({"script": ""}, {}, "script_missing"),
        ({"goal": Goal(contacts=401)}, {}, "goal_out_of_reach"),
    ],
)
def test_what_is_shown_and_blocks_nothing(changes: dict[str, Any], policy: dict[str, Any], code: str) -> None:
    stricter = replace(pack("cn"), **policy)
    finding = only(lint(facts(planned(**changes), policy=stricter)))
    assert (finding.code, finding.severity) == (code, Severity.WARNING)
    assert finding.do_en
    assert finding.do_zh


def test_years_whose_holidays_nobody_knows() -> None:
    """China's are announced in November for the year after: what is left of this year may still be dialled."""
    known = replace(pack("cn"), calendar=Calendar(country="CN", sources={2026: "notice"}))
    longer = planned(deadline=date(2027, 3, 31))
    finding = only(lint(facts(longer, policy=known, policies={"CN": known})))
    assert (finding.code, finding.severity) == ("holidays_not_covered", Severity.WARNING)
    assert "of CN in 2027 are not known" in finding.en
    assert "known until 2026-12-31" in finding.en
    in_december = facts(planned(deadline=None), policy=known, policies={"CN": known}, now=at("2026-12-01 09:00"))
    assert codes(lint(in_december)) == ["holidays_not_covered"]  # without a deadline two months are looked ahead
    assert lint(facts(planned(deadline=date(2026, 12, 31)), policy=known, policies={"CN": known})) == ()
    nothing = replace(pack("cn"), calendar=Calendar(country="CN"))
    assert "holidays_not_covered" in codes(lint(facts(policy=nothing, policies={"CN": nothing})))
    assert lint(facts(policy=nothing))[0].severity is Severity.ERROR
    everyday = planned(public_holidays=True)
    assert lint(facts(everyday, policy=nothing, policies={"CN": nothing})) == ()


def test_a_script_must_be_released() -> None:
    named = planned(script="", script_name="renewal")
    assert codes(lint(facts(named))) == ["unknown_script"]
    assert codes(lint(facts(named, script=ScriptFacts()))) == ["script_not_approved"]
    assert lint(facts(named, script=ScriptFacts(version=3, says=SAID))) == ()
    [quiet] = lint(facts(named, script=ScriptFacts(version=3, says=SAID - {"identity"})))
    assert (quiet.code, quiet.severity) == ("script_says_too_little", Severity.WARNING)
    pinned = planned(script="", script_name="renewal", script_version=2)
    [missing] = lint(facts(pinned, script=ScriptFacts()))
    assert "version 2 of script renewal is not approved" in missing.en


def test_agents_who_have_not_passed_the_script() -> None:
    named = planned(script_name="renewal")
    said = ScriptFacts(version=2, says=SAID)
    assert only(lint(facts(named, script=said, unqualified=AGENTS[:2]))).severity is Severity.WARNING
    assert codes(lint(facts(named, script=said, unqualified=AGENTS))) == ["nobody_qualified"]


def test_a_list_that_is_too_long_for_the_deadline() -> None:
    """Two working days of nine hours: 8 agents make about 2,900 attempts, and 10,000 leads need about 33,000."""
    many = LeadFacts(total=10_000, by_zone={"Asia/Shanghai": 10_000}, by_country={"CN": 10_000})
    finding = only(lint(facts(planned(deadline=date(2026, 11, 25)), leads=many)))
    assert finding.code == "list_too_long"
    assert "10000 leads need about 32881 attempts; 8 agents on lines make about" in finding.en
    assert lint(facts(planned(deadline=date(2027, 1, 31)), leads=many)) == ()


def test_errors_come_first() -> None:
    found = lint(facts(planned(script="", lines=36), leads=LeadFacts()))
    assert [finding.severity for finding in found] == [Severity.ERROR, Severity.WARNING, Severity.WARNING]


def test_detectors_of_machines_are_for_large_teams_with_time_to_listen() -> None:
    assert only(lint(facts(planned(screening={"mode": "connect_first"}), agents=AGENTS[:3]))).field == "screening"
    assert lint(facts(planned(screening={"mode": "connect_first"}))) == ()
    assert codes(lint(facts(planned(screening={"mode": "detect_first"})))) == ["verdict_too_late"]
    blind = planned(screening={"mode": "connect_first", "checked_share": 0.0})
    assert codes(lint(facts(blind))) == ["errors_unknown"]
    speechless = tuple(d for d in STANDARD if not d.machine)
    found = lint(facts(planned(screening={"mode": "connect_first"}, dispositions=speechless)))
    assert codes(found) == ["machine_not_sayable"]
