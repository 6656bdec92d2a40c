"""For Prometheus: what the floor shows, as numbers. Nothing is counted twice: every scrape asks the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.engine.floor import FloorSnapshot
from dialer.ports import AttemptCounts
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/metrics", tags=["metrics"])


@router.get("", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
async def metrics(services: ServicesHere) -> Response:
    """Prometheus text format."""
    counts = {
        campaign.settings.code: await services.store.counts(campaign.campaign_id)
        for campaign in await services.store.campaigns()
    }
    registry = CollectorRegistry()
    registry.register(_Site(services.engine.floor() if services.engine else None, counts))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Site(Collector):
    def __init__(self, floor: FloorSnapshot | None, counts: dict[str, AttemptCounts]) -> None:
        self._floor = floor
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("goldenhour_engine_up", "1 while the engine runs", value=float(self._floor is not None))
        yield from _campaigns(self._counts)
        if self._floor is not None:
            yield from _floor(self._floor)


def _campaigns(counts: dict[str, AttemptCounts]) -> Iterator[Metric]:
    attempts = CounterMetricFamily("goldenhour_attempts", "Attempts by outcome", labels=["campaign", "outcome"])
    leads = GaugeMetricFamily("goldenhour_leads", "Leads by state", labels=["campaign", "state"])
    talk = CounterMetricFamily("goldenhour_talk_seconds", "Time in conversation", labels=["campaign"])
    for code, found in counts.items():
        for outcome, number in found.outcomes.items():
            attempts.add_metric([code, outcome], number)
        for state, number in found.leads_by_state.items():
            leads.add_metric([code, state], number)
        talk.add_metric([code], found.talk_s)
    return iter((attempts, leads, talk))


def _floor(floor: FloorSnapshot) -> Iterator[Metric]:
    agents = Counter(agent.state for agent in floor.agents)
    calls = Counter(call.state for call in floor.calls)
    yield _gauge("goldenhour_agents", "Agents by state", "state", ((s.value, agents[s]) for s in AgentState))
    yield _gauge("goldenhour_calls", "Calls that are up, by state", "state", ((s.value, calls[s]) for s in CallState))
    lines = (("total", floor.lines.total), ("free", floor.lines.free), ("in_use", floor.lines.in_use))
    yield _gauge("goldenhour_lines", "Lines", "kind", lines)
    trunks = ((t.name, int(not t.down and t.breaker in ("CLOSED", "HALF_OPEN"))) for t in floor.trunks)
    yield _gauge("goldenhour_trunk_up", "1 where the trunk takes calls", "trunk", trunks)
    yield _gauge("goldenhour_alarms", "Alarms that stand", "code", Counter(a.code for a in floor.alarms).items())
    yield GaugeMetricFamily("goldenhour_workers", "Line workers", value=len(floor.workers))
    yield GaugeMetricFamily("goldenhour_journal_waiting", "Events not yet stored", value=floor.journal_waiting)


def _gauge(name: str, help_text: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for value, number in values:
        family.add_metric([value], number)
    return family
