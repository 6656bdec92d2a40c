"""All that the demonstration needs, from the same parts as a real site; only carrier and phones are simulated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import Campaign, CampaignSettings, RetryRule
from dialer.bus import Bus
from dialer.client import ServerLock, ensure_token
from dialer.clock import Clock
from dialer.config import Config, ServerSection, WorkersSection
from dialer.config_file import config_for, prepare_data_directory
from dialer.demo.desk import SimulatedDesk
from dialer.demo.order import DemoOrder
from dialer.demo.people import write_sample_list
from dialer.engine.engine import Engine
from dialer.engine.settings import EngineSettings
from dialer.lists import import_list
from dialer.policies import PolicyBook
from dialer.ports import Agent
from dialer.ports.archive import Archive
from dialer.server import announced
from dialer.web.app import create_app
from dialer.web.serving import bind, serving
from dialer.wiring import admission, opened_store, pool_settings, recording_library, services
from sip.pool import LinePool, PoolSettings
from sip.simulator.behaviour import Kind
from sip.simulator.carrier import SimulatedCarrier
from sip.simulator.phones import SimulatedPhones
from sip.simulator.sounds import Sounds, prepare
from sip.trunks import Trunk

TRUNK: Final = "simulated"


class CarrierSide(Protocol):
    """Whom the lines call. `address` is known once running; `kinds` as far as it tells how numbers behaved."""

    address: str
    kinds: dict[str, Kind]

    def running(self) -> AbstractAsyncContextManager[None]: ...


MakeCarrier = Callable[[DemoOrder, Config, Sounds], CarrierSide]
LEGS_PER_CARRIER_WORKER: Final = 3  # of four on the stock build; one may still be closing
AGENTS_PER_PHONE_WORKER: Final = 2
# Second tries within the demonstration: what takes hours on a real list takes seconds here.
RETRY: Final = {
    AttemptOutcome.BUSY: RetryRule(delays_s=(8,), limit=2),
    AttemptOutcome.NO_ANSWER: RetryRule(delays_s=(10,), limit=2),
    AttemptOutcome.MACHINE: RetryRule(delays_s=(10,), limit=2),
    AttemptOutcome.DECLINED: RetryRule(delays_s=(5,), limit=1),
    AttemptOutcome.INVALID_NUMBER: RetryRule(delays_s=(5,), limit=1),
    AttemptOutcome.CONGESTED: RetryRule(delays_s=(3,), limit=3),
}


def _simulated_pool(config: Config, name: str, workers: int, ports_from: int) -> LinePool:
    return LinePool(
        PoolSettings(
            run_directory=config.data / "simulator" / name,
            workers=workers,
            worker_prefix=name,
            accept_incoming=True,
            rtp_port_from=ports_from,
            rtp_port_to=ports_from + 9999,
        )
    )


def simulated_carrier(order: DemoOrder, config: Config, sounds: Sounds) -> SimulatedCarrier:
    pool = _simulated_pool(config, "carrier", -(-order.lines // LEGS_PER_CARRIER_WORKER), 30000)
    return SimulatedCarrier(pool, order.plan(), sounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    order: DemoOrder
    config: Config
    store: Archive
    bus: Bus
    clock: Clock
    engine: Engine
    campaign: Campaign
    carrier: CarrierSide

    def agents(self) -> list[str]:
        return agent_ids(self.order)

    def desk(self) -> SimulatedDesk:
        return SimulatedDesk(
            self.engine, self.bus, self.clock, kind_of=self._kind_of, wrap_up=self.order.wrap_up, seed=self.order.seed
        )

    async def _kind_of(self, attempt_id: str) -> Kind:
        attempt = await self.store.attempt(attempt_id)
        return self.carrier.kinds.get(attempt.number.lstrip("+"), Kind.HANGS_UP) if attempt else Kind.HANGS_UP


def agent_ids(order: DemoOrder) -> list[str]:
    return [str(1001 + n) for n in range(order.agents)]


@asynccontextmanager
async def site(order: DemoOrder, clock: Clock) -> AsyncIterator[tuple[Config, Archive]]:
    """The data directory and its database, which outlive the calls."""
    config = demo_config(order)
    prepare_data_directory(config.data)
    with ServerLock(config.data):
        async with opened_store(config) as store:
            yield config, store


def demo_config(order: DemoOrder) -> Config:
    base = config_for(order.data)
    return base.model_copy(
        update={"workers": WorkersSection(count=order.lines), "server": ServerSection(port=0)},
    )


@asynccontextmanager
async def staged(
    order: DemoOrder, config: Config, store: Archive, clock: Clock, make_carrier: MakeCarrier = simulated_carrier
) -> AsyncIterator[Stage]:
    """Carrier, phones, engine and local API are up; the campaign is loaded and not yet started."""
    sounds = await asyncio.to_thread(prepare, config.data / "simulator" / "sounds")
    bus = Bus()
    async with AsyncExitStack() as stack:
        carrier, phones = make_carrier(order, config, sounds), _phones(order, config, sounds)
        await stack.enter_async_context(carrier.running())
        await stack.enter_async_context(phones.running())
        await _save_agents(store, order, phones)
        engine = await stack.enter_async_context(_engine(order, config, store, bus, clock, carrier.address))
        await stack.enter_async_context(_api(config, store, clock, engine))
        campaign = await _load(order, config, store, clock, engine)
        yield Stage(
            order=order,
            config=config,
            store=store,
            bus=bus,
            clock=clock,
            engine=engine,
            campaign=campaign,
            carrier=carrier,
        )


def _phones(order: DemoOrder, config: Config, sounds: Sounds) -> SimulatedPhones:
    pool = _simulated_pool(config, "phones", -(-order.agents // AGENTS_PER_PHONE_WORKER), 40000)
    return SimulatedPhones(pool, agent_ids(order), sounds, seed=order.seed)


async def _save_agents(store: Archive, order: DemoOrder, phones: SimulatedPhones) -> None:
    for number, agent_id in enumerate(agent_ids(order), start=1):
        phone = phones.phone(agent_id)
        await store.save_agent(Agent(agent_id=agent_id, name=f"Agent {number}", phone=phone, leg_mode=order.leg_mode))


def _engine(order: DemoOrder, config: Config, store: Archive, bus: Bus, clock: Clock, carrier: str) -> Engine:
    trunk = Trunk(
        name=TRUNK,
        address=carrier,
        lines=order.lines,
        calls_per_second=order.calls_per_second,
        caller_id="+862150001234",
    )
    return Engine(
        store=store,
        telephony=LinePool(pool_settings(config, config.data / "run")),
        clock=clock,
        bus=bus,
        library=recording_library(config),
        settings=EngineSettings(policies=PolicyBook.load(rehearsal=True)),
        trunks=[trunk],
    )


@asynccontextmanager
async def _api(config: Config, store: Archive, clock: Clock, engine: Engine) -> AsyncIterator[None]:
    """So that `goldenhour --data DIR` works on a running demonstration as on a site."""
    listener = bind(config.server.host, config.server.port)
    app = create_app(services(config, store, clock, engine), admission(config, ensure_token(config.data)))
    try:
        async with serving(app, listener):
            with announced(config.data, listener):
                yield
    finally:
        listener.close()


async def _load(order: DemoOrder, config: Config, store: Archive, clock: Clock, engine: Engine) -> Campaign:
    """A new campaign in every run: a data directory keeps what earlier runs left in it."""
    started = clock.now().astimezone()
    code = f"demo-{started:%Y%m%d-%H%M%S}"
    settings = CampaignSettings(
        code=code,
        name=f"Demonstration of {started:%d %B, %H:%M}",
        country="CN",
        trunks=(TRUNK,),
        agents=tuple(agent_ids(order)),
        pacing=order.pacing,
        abandon_rate_max=order.abandon_rate_max,
        ring_time_s=15,
        wrap_up_s=20,
        retry=RETRY,
    )
    campaign = await engine.create_campaign(settings)
    path = Path(config.data / "imports" / f"{code}.csv")
    await asyncio.to_thread(write_sample_list, path, leads=order.leads, seed=order.seed, ending=order.ending)
    await import_list(store, clock, campaign, path)
    return campaign
