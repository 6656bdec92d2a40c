"""What becomes of a lead after each attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from campaigns.attempt import AttemptOutcome as O
from campaigns.attempt import PastAttempt
from campaigns.campaign import CampaignSettings
from campaigns.disposition import Disposition
from campaigns.lead import CloseReason, Lead, LeadNumber
from campaigns.policy import Policy
from campaigns.retry import Step, next_step
from tests.unit.campaigns.builders import (
    FIRST,
    SECOND,
    at,
    attempt,
    dossier,
    lead,
    local,
    pack,
    settings,
    window,
)

MONDAY_TEN = at("2026-11-23 10:00")
BY_CODE = {d.code: d for d in settings().dispositions}


def after(
    *history: PastAttempt,
    of: Lead | None = None,
    disposition: Disposition | None = None,
    callback_at: datetime | None = None,
    policy: str | Policy = "cn",
    under: CampaignSettings | None = None,
    suppressed: dict[str, str] | None = None,
) -> Step:
    last = history[-1]
    assert last.outcome is not None
    return next_step(
        under or settings(),
        pack(policy) if isinstance(policy, str) else policy,
        dossier(*history, of=of, suppressed=suppressed or {}),
        number=last.number,
        outcome=last.outcome,
        disposition=disposition,
        callback_at=callback_at,
        now=last.placed_at,
    )


def lax() -> Policy:
    """A pack that leaves the caps to the campaign."""
    return replace(pack("cn"), name="lax", number_per_24h=20, number_per_30d=100)


def due(step: Step, tz: str = "Asia/Shanghai") -> str:
    assert step.again is not None
    return local(step.again.due_at, tz)


def row(outcome: O, *times: str, number: str = FIRST) -> list[PastAttempt]:
    return [attempt(at(f"2026-11-{time}"), outcome, number) for time in times]


def test_busy_is_tried_after_10_20_and_40_minutes_and_then_as_no_answer() -> None:
    busy = row(O.BUSY, "23 09:00", "23 09:10", "23 09:30", "23 10:10")
    generous = settings(caps={"number_per_24h": 20})
    assert [due(after(*busy[:n], under=generous, policy=lax())) for n in (1, 2, 3, 4)] == [
        "2026-11-23 09:10",
        "2026-11-23 09:30",
        "2026-11-23 10:10",
        "2026-11-23 14:00",  # 13:10 lies in the midday rest
    ]


def test_no_answer_wanders_through_the_parts_of_the_day_and_ends_after_six_in_fourteen_days() -> None:
    history, when = [], MONDAY_TEN
    seen = []
    while True:
        history.append(attempt(when, O.NO_ANSWER))
        step = after(*history)
        if step.again is None:
            break
        when = step.again.due_at
        seen.append(local(when))
    assert step.close is CloseReason.ATTEMPTS_EXHAUSTED
    assert seen == [
        "2026-11-23 14:00",
        "2026-11-24 17:00",
        "2026-11-25 09:00",
        "2026-11-26 14:00",
        "2026-11-27 17:00",
    ]


def test_the_part_of_the_day_tried_last_is_not_tried_again_next_even_when_it_is_the_rarest() -> None:
    history = row(O.NO_ANSWER, "16 09:00", "16 17:30", "17 09:00", "17 17:30", "23 14:30")
    assert due(after(*history)) == "2026-11-24 09:00"


def test_a_machine_and_a_lost_call_continue_the_row_of_unanswered_calls() -> None:
    history = [*row(O.NO_ANSWER, "23 10:00"), *row(O.MACHINE, "23 14:00"), *row(O.LOST, "24 17:00")]
    step = after(*history)
    assert due(step) == "2026-11-25 09:00"
    assert step.again is not None
    assert step.again.reason == "lost, 3 in a row: 1 day, another part of the day"


def test_with_only_one_part_of_the_day_open_the_next_day_will_do() -> None:
    mornings = settings(windows=(window("mon tue wed thu fri", "09:00", "11:00"),))
    assert due(after(*row(O.NO_ANSWER, "23 10:00"), under=mornings)) == "2026-11-24 09:00"


def test_congestion_waits_five_minutes_and_is_never_charged() -> None:
    history = row(O.CONGESTED, *(f"23 09:{m:02}" for m in range(0, 50, 5)))
    assert due(after(history[0])) == "2026-11-23 09:05"
    step = after(*history)
    assert step.close is None
    assert due(step) == "2026-11-23 10:15"


def test_congestion_in_between_does_not_interrupt_a_row_of_busy() -> None:
    history = [*row(O.BUSY, "23 09:00"), *row(O.CONGESTED, "23 09:10"), *row(O.BUSY, "23 09:15")]
    assert due(after(*history)) == "2026-11-23 09:35"


def test_an_invalid_number_is_confirmed_on_another_day_before_it_is_given_up() -> None:
    same_day = row(O.INVALID_NUMBER, "23 10:00", "23 15:00")
    first = after(same_day[0])
    assert due(first) == "2026-11-24 10:00"
    assert first.invalidate is None
    assert after(*same_day).invalidate is None
    confirmed = after(same_day[0], *row(O.INVALID_NUMBER, "24 10:00"))
    assert (confirmed.close, confirmed.invalidate) == (CloseReason.INVALID_NUMBER, FIRST)


def test_after_an_invalid_number_the_leads_next_number_is_tried_at_once() -> None:
    history = row(O.INVALID_NUMBER, "23 10:00", "24 10:00")
    step = after(*history, of=lead(FIRST, SECOND))
    assert (step.close, step.invalidate, due(step)) == (None, FIRST, "2026-11-24 10:00")
    listed = after(*history, of=lead(FIRST, SECOND), suppressed={SECOND: "asked"})
    assert listed.close is CloseReason.INVALID_NUMBER
    gone = replace(
        lead(),
        numbers=(LeadNumber(number_id=1, e164=FIRST), LeadNumber(number_id=2, e164=SECOND, usable=False)),
    )
    assert after(*history, of=gone).close is CloseReason.INVALID_NUMBER


def test_declined_twice_is_declined() -> None:
    assert due(after(*row(O.DECLINED, "23 10:00"))) == "2026-11-24 10:00"
    assert after(*row(O.DECLINED, "23 10:00", "24 10:00")).close is CloseReason.DECLINED


@pytest.mark.parametrize(("policy", "zone", "expected"), [
    ("cn", "Asia/Shanghai", "2026-11-23 14:00"),
    ("gb", "Europe/London", "2026-11-26 10:00"),
])  # fmt: skip
def test_an_abandoned_customer_waits_out_the_lockout_and_gets_a_reserved_agent(policy, zone, expected) -> None:
    person = lead(country=policy.upper(), time_zone=zone)
    call = attempt(at("2026-11-23 10:00", zone), O.ABANDONED)
    step = after(call, of=person, policy=policy)
    assert step.again is not None
    assert step.again.agent_guaranteed
    assert due(step, zone) == expected


def test_the_guarantee_lasts_until_the_customer_has_talked_to_somebody() -> None:
    waiting = lead(agent_guaranteed=True)
    missed, talked = after(*row(O.NO_ANSWER, "23 10:00"), of=waiting), after(*row(O.HUMAN, "23 10:00"), of=waiting)
    assert missed.again is not None
    assert missed.again.agent_guaranteed
    assert talked.again is not None
    assert not talked.again.agent_guaranteed
    hung_up = after(*(replace(call, talked=False) for call in row(O.HUMAN, "23 10:00")), of=waiting)
    assert hung_up.again is not None
    assert hung_up.again.agent_guaranteed, "he did not wait for the agent"


def test_a_call_we_cancelled_comes_back_soon() -> None:
    assert due(after(*row(O.CANCELLED, "23 10:00"))) == "2026-11-23 10:10"


def test_a_sale_closes_the_lead() -> None:
    step = after(*row(O.HUMAN, "23 10:00"), disposition=BY_CODE["SALE"])
    assert step == Step(close=CloseReason.DISPOSITION)


def test_do_not_call_suppresses_the_number_and_closes_the_lead_even_without_the_closing_flag() -> None:
    flag = Disposition(code="STOP", label="Stop", do_not_call=True)
    step = after(*row(O.HUMAN, "23 10:00"), of=lead(FIRST, SECOND), disposition=flag)
    assert step == Step(close=CloseReason.DISPOSITION, suppress=FIRST)


def test_a_callback_is_due_at_the_promised_time_and_at_the_next_opening_when_that_is_closed() -> None:
    talk = row(O.HUMAN, "23 10:00")
    promised = after(*talk, disposition=BY_CODE["CALLBACK"], callback_at=at("2026-12-01 15:30"))
    assert due(promised) == "2026-12-01 15:30"
    at_night = after(*talk, disposition=BY_CODE["CALLBACK"], callback_at=at("2026-11-28 23:00"))
    assert due(at_night) == "2026-11-30 09:00"
    no_time = after(*talk, disposition=BY_CODE["CALLBACK"])
    assert due(no_time) == "2026-11-24 10:00"


def test_a_callback_survives_used_up_attempts() -> None:
    tries = row(O.NO_ANSWER, "16 09:00", "17 09:00", "18 09:00", "19 09:00", "20 09:00")
    step = after(*tries, *row(O.HUMAN, "23 10:00"), disposition=BY_CODE["CALLBACK"])
    assert step.again is not None
    given_up = after(*tries, *row(O.HUMAN, "23 10:00"), disposition=BY_CODE["NO_TALK"])
    assert given_up.close is CloseReason.ATTEMPTS_EXHAUSTED


def test_a_wrong_number_goes_and_the_next_one_is_tried() -> None:
    wrong = Disposition(code="WRONG", label="Wrong number", wrong_number=True)
    talk = row(O.HUMAN, "23 10:00")
    step = after(*talk, of=lead(FIRST, SECOND), disposition=wrong)
    assert (step.invalidate, due(step)) == (FIRST, "2026-11-23 10:00")
    assert after(*talk, disposition=wrong).close is CloseReason.INVALID_NUMBER


def test_an_agent_who_met_a_machine_makes_it_an_unanswered_call() -> None:
    step = after(*row(O.HUMAN, "23 10:00"), disposition=BY_CODE["MACHINE"])
    assert due(step) == "2026-11-23 14:00"


def test_a_disposition_with_its_own_delay_wins_over_the_outcomes_rule() -> None:
    later = Disposition(code="LATER", label="Later", retry_after_s=int(timedelta(days=7).total_seconds()))
    assert due(after(*row(O.HUMAN, "23 10:00"), disposition=later)) == "2026-11-30 10:00"


def test_a_campaigns_rule_replaces_the_default_one() -> None:
    under = settings(retry={"BUSY": {"delays_s": [60], "limit": 2}})
    assert due(after(*row(O.BUSY, "23 10:00"), under=under)) == "2026-11-23 10:01"
    assert after(*row(O.BUSY, "23 10:00", "23 10:01"), under=under).close is CloseReason.ATTEMPTS_EXHAUSTED


def test_rules_that_hand_over_in_a_circle_come_to_an_end() -> None:
    under = settings(
        retry={"BUSY": {"delays_s": [60], "then": "NO_ANSWER"}, "NO_ANSWER": {"delays_s": [120], "then": "BUSY"}}
    )
    assert after(*row(O.BUSY, "23 10:00", "23 10:01", "23 10:03", "23 10:05"), under=under).again is not None


def test_with_an_unknown_time_zone_the_lead_stays_open_for_somebody_to_mend() -> None:
    step = after(*row(O.NO_ANSWER, "23 10:00"), of=lead(time_zone="Mars/Olympus"))
    assert step.again is not None
