"""A campaign that over-dials beside what else the centre does: customers who call, and campaigns that take care."""

from __future__ import annotations

from dialer.domain.agent import AgentState
from dialer.domain.events import InboundAnswered
from dialer.domain.inbound import InboundState
from dialer.engine.inbound_settings import Desk, InboundSettings, InboundTrunk
from dialer.twin.parties import answers, rings_on
from sip.trunks import Trunk
from tests.scenarios.floor import Floor, number
from tests.scenarios.test_groups import becomes
from tests.scenarios.test_pacing import CAP, centre, decisions, goes_home

OURS = "+862112345678"


def all_talk(floor: Floor) -> bool:
    return all(agent.state is AgentState.ON_CALL for agent in floor.engine.floor().agents)


async def test_a_customer_who_calls_us_gets_the_next_agent_and_is_left_out_of_what_is_expected(floor: Floor) -> None:
    """Everybody talks when he calls, and calls ring that were placed for whoever is free next."""
    floor.settings["inbound"] = InboundSettings(
        trunks={"carrier": InboundTrunk(country="CN", other_numbers=Desk(campaign="autumn"))}, wait_s=60.0
    )
    trunk = Trunk(name="carrier", address="10.0.0.1", lines=24, calls_per_second=50, caller_id=OURS, inbound=True)
    await centre(floor, agents=3, trunk=trunk)
    await floor.until(lambda: all_talk(floor), seconds=600)
    at = floor.time.now().timestamp()
    leg = floor.telephony.somebody_calls(number(350), OURS, trunk="carrier", waits=60.0)
    call = leg.removesuffix(".c")

    def state() -> InboundState | None:
        return next((one.state for one in floor.engine.floor().inbound if one.inbound_id == call), None)

    await floor.until(lambda: state() is InboundState.CONNECTED, seconds=60)
    [joined] = floor.told(InboundAnswered)
    found = joined.occurred_at.timestamp() - 0.2  # then the agent's phone rang
    later = [entry.decided for entry in await decisions(floor) if at < entry.first < found]
    assert later
    assert all(one.promised == 1 for one in later)
    outbound = [row for row in floor.attempts() if row.connected_at and at < row.connected_at.timestamp()]
    first = min((row.connected_at for row in outbound if row.connected_at), default=joined.occurred_at)
    assert joined.occurred_at <= first, "he waited longest"
    floor.telephony.customer_hangs_up(leg)
    await floor.time.passes(seconds=30)
    await goes_home(floor, 3)


async def test_a_progressive_campaign_has_lines_for_its_agents_beside_one_that_over_dials(floor: Floor) -> None:
    """Four lines; the other campaign comes first by its priority, and its calls ring in vain."""
    trunk = Trunk(name="carrier", address="10.0.0.1", lines=4, calls_per_second=50, caller_id=OURS)
    await centre(floor, agents=4, pacing="power", lines_per_agent=4.0, trunk=trunk, groups=("first",), priority=9)
    floor.telephony.customers.clear()
    floor.customers(rings_on())
    for n, group in enumerate(("first", "first", "second", "second"), start=1):
        await becomes(floor, f"agent{n}", groups=frozenset({group}))
    await floor.plans("careful", wrap_up_s=15, abandon_rate_max=CAP, groups=("second",))
    await floor.imports("careful", *(f"careful{n}" for n in range(100)))
    for n in range(100):
        floor.customers(answers(5.0, talks=30.0), f"careful{n}")
    await floor.engine.start_campaign("careful", "planner")
    await floor.time.passes(minutes=10)
    careful = [row for row in floor.attempts() if row.campaign_code == "careful" and row.connected_at]
    assert len(careful) >= 20, "each of its two agents has a customer a minute, as he would have alone"
    assert len([row for row in floor.attempts() if row.campaign_code == "autumn"]) > 40
    await floor.engine.stop_campaign("careful", "planner")
    await goes_home(floor, 4)
