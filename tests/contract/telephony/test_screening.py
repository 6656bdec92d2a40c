"""Person or machine, told once per leg, whoever carries the call."""

from __future__ import annotations

import pytest

from sip.amd import AmdSettings, Reason, Verdict
from sip.commands import HangupReason
from sip.errors import UnknownLeg
from sip.events import GreetingOver, LegAnswered, LegEnded, LegScreened
from tests.contract.telephony.far_end import Party
from tests.contract.telephony.story import Story

QUICK = AmdSettings()


async def test_a_person_is_told_from_the_answer_and_once(story: Story) -> None:
    await story.dials("leg", Party.GREETS)
    await story.telephony.screen("leg", QUICK)
    told = await story.heard.until(LegScreened, leg_id="leg")
    assert told.verdict is Verdict.HUMAN
    assert 0 <= told.delay_ms <= 5000
    await story.telephony.screen("leg", QUICK)
    await story.telephony.hang_up("leg")
    await story.ends("leg")
    assert len(story.heard.all(LegScreened)) == 1, "neither asking again nor the end may settle it again"


async def test_a_leg_that_was_answered_already_can_be_screened_beside_its_conversation(story: Story) -> None:
    await story.dials("customer", Party.MACHINE)
    await story.heard.until(LegAnswered, leg_id="customer")
    await story.telephony.screen("customer", QUICK)
    agent = await story.talks_to("agent")
    await story.telephony.bridge("customer", agent)
    assert (await story.heard.until(LegScreened, leg_id="customer")).verdict is Verdict.MACHINE
    await story.sleeps(0.2)
    assert not story.heard.all(GreetingOver), "nobody asked for the end of the greeting"


async def test_a_machine_is_heard_to_the_end_of_its_greeting(story: Story) -> None:
    await story.dials("leg", Party.MACHINE)
    await story.telephony.screen("leg", QUICK, await_greeting=True)
    told = await story.heard.until(LegScreened, leg_id="leg")
    over = await story.heard.until(GreetingOver, leg_id="leg")
    assert told.verdict is Verdict.MACHINE
    assert over.at >= told.at
    assert len(story.heard.all(GreetingOver)) == 1


async def test_a_leg_that_ends_first_is_settled_before_its_end(story: Story) -> None:
    await story.dials("leg", Party.GREETS)
    await story.telephony.screen("leg", QUICK)
    await story.heard.until(LegAnswered, leg_id="leg")
    await story.telephony.hang_up("leg")
    await story.ends("leg")
    [told] = story.heard.all(LegScreened, leg_id="leg")
    assert told.verdict is Verdict.UNCERTAIN
    assert told.reason in (Reason.TOO_LONG, Reason.NO_SOUND)
    kinds = story.told_of("leg")
    assert kinds.index(LegScreened) < kinds.index(LegEnded)


async def test_a_call_that_nobody_answers_is_not_screened(story: Story) -> None:
    await story.dials("leg", Party.RINGS_ON)
    await story.telephony.screen("leg", QUICK)
    await story.telephony.hang_up("leg", HangupReason.CANCELLED)
    await story.ends("leg")
    assert not story.heard.all(LegScreened)


async def test_nothing_is_told_after_the_screening_was_stopped(story: Story) -> None:
    await story.dials("leg", Party.GREETS)
    await story.telephony.screen("leg", QUICK)
    await story.heard.until(LegAnswered, leg_id="leg")
    await story.telephony.stop_screening("leg")
    await story.sleeps(1.5)
    await story.telephony.hang_up("leg")
    await story.ends("leg")
    assert not story.heard.all(LegScreened)


async def test_a_leg_that_is_not_there_cannot_be_screened(story: Story) -> None:
    with pytest.raises(UnknownLeg):
        await story.telephony.screen("nobody", QUICK)
