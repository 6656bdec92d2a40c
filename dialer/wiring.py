"""The composition root: from settings to the parts of a site, and nothing else."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
import msgspec

from dialer.bus import Bus
from dialer.calendars import CalendarBook
from dialer.client import Api
from dialer.clock import Clock, SystemClock
from dialer.config import Config, TrunkSection
from dialer.custody import Custody
from dialer.db.store import open_store
from dialer.engine.engine import Engine
from dialer.engine.inbound_settings import Desk, InboundSettings, InboundTrunk
from dialer.engine.settings import EngineSettings
from dialer.errors import Invalid
from dialer.mqtt.relay import Relay
from dialer.mqtt.settings import FeedSettings
from dialer.planning.list_desk import ListDesk
from dialer.planning.simulations import Simulations
from dialer.policies import PolicyBook
from dialer.ports import Store
from dialer.ports.archive import Archive
from dialer.scheduling import Timetable, Upkeep, UpkeepSettings
from dialer.twin.asked import prepare
from dialer.twin.site import Site
from dialer.web.app import create_app
from dialer.web.auth import Admission
from dialer.web.services import Services
from recordings.library import RecordingLibrary
from sip.pool import LinePool, PoolSettings
from sip.trunks import Trunk


def database_url(config: Config) -> str:
    """With the password in it, which the settings keep apart."""
    url = config.database.url or f"sqlite:///{config.data / 'goldenhour.db'}"
    if not config.database.password:
        return url
    scheme, _, rest = url.partition("://")
    user, _, where = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}:{quote(config.database.password, safe='')}@{where}"


@asynccontextmanager
async def opened_store(config: Config) -> AsyncIterator[Archive]:
    store = await open_store(database_url(config))
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def opened_site(config: Config) -> AsyncIterator[Site]:
    """What rehearsals read of the site."""
    async with opened_store(config) as store:
        yield _site(config, store, SystemClock())


def _site(config: Config, store: Store, clock: Clock) -> Site:
    return Site(
        store=store, policies=policy_book(config), time_zone=config.site.time_zone, clock=clock,
        trunks=tuple(_trunk(config, section) for section in config.trunks),
    )  # fmt: skip


def pool_settings(config: Config, run_directory: Path) -> PoolSettings:
    workers = config.workers
    return PoolSettings(
        run_directory=run_directory,
        workers=workers.count,
        bind_address=workers.bind_address,
        public_address=workers.public_address,
        rtp_port_from=workers.rtp_port_from,
        rtp_port_to=workers.rtp_port_to,
        sip_port_from=workers.sip_port_from,
        slack_legs=workers.slack_legs,
        nameservers=workers.nameservers,
    )


def recording_library(config: Config) -> RecordingLibrary:
    return RecordingLibrary(config.data / "recordings", format=config.recordings.format)


def policy_book(config: Config) -> PolicyBook:
    """The shipped packs, and the site's own in `policies` of the data directory."""
    return PolicyBook.load(config.data / "policies", calendars=CalendarBook.load(config.data / "calendars"))


def admission(config: Config, token: str) -> Admission:
    return Admission(
        token=token,
        hosts=(config.server.host, *config.server.allowed_hosts),
        largest_upload=config.server.largest_upload_mb * 1_000_000,
    )


def _nobody_to_tell() -> None:
    pass


def services(
    config: Config,
    store: Archive,
    clock: Clock,
    engine: Engine | None = None,
    list_changed: Callable[[], None] = _nobody_to_tell,
    custody: Custody | None = None,
) -> Services:
    return Services(
        store=store,
        clock=clock,
        config=config,
        policies=policy_book(config),
        recordings=recording_library(config),
        engine=engine,
        list_changed=list_changed,
        custody=custody or Custody(store, clock, announce=lambda _: None),
        imports=ListDesk(store, clock, list_changed),
        simulations=Simulations(clock, config.data / "simulations", partial(prepare, _site(config, store, clock))),
    )


def build_engine(config: Config, store: Store, bus: Bus, clock: Clock) -> Engine:
    return Engine(
        store=store,
        telephony=LinePool(pool_settings(config, config.data / "run")),
        clock=clock,
        bus=bus,
        library=recording_library(config),
        settings=EngineSettings(
            policies=policy_book(config),
            message_directory=str(config.data.resolve() / "messages"),
            disk_floor_bytes=config.recordings.smallest_free_mb * 1_000_000,
            leg_mode=config.workers.leg_mode,
            inbound=inbound_settings(config),
            time_zone=config.site.time_zone,
        ),
        trunks=[_trunk(config, section) for section in config.trunks],
    )


def _trunk(config: Config, section: TrunkSection) -> Trunk:
    return msgspec.structs.replace(section.trunk(), inbound=section.inbound and config.inbound.enabled)


def inbound_settings(config: Config) -> InboundSettings:
    inbound = config.inbound
    taking = [section for section in config.trunks if section.inbound and inbound.enabled]
    return InboundSettings(
        trunks={section.name: _inbound_trunk(section, config.site.country) for section in taking},
        wait_s=inbound.wait_s,
        agent_answer_s=inbound.agent_answer_s,
        sorry_file=str(inbound.sorry_file or ""),
        missed_due_s=inbound.missed_due_s,
        calls_per_second=inbound.calls_per_second,
        burst=max(10.0, 2 * inbound.calls_per_second),
    )


def _inbound_trunk(section: TrunkSection, country: str) -> InboundTrunk:
    others = Desk(campaign=section.inbound_campaign, agents=section.inbound_agents)
    return InboundTrunk(
        country=section.inbound_country or country,
        numbers={
            number: Desk(campaign=desk.campaign, agents=desk.agents) for number, desk in section.inbound_numbers.items()
        },
        other_numbers=others if section.inbound_campaign else None,
        user=section.user,
    )


def build_timetable(config: Config, store: Store, custody: Custody, clock: Clock, engine: Engine) -> Timetable:
    settings = UpkeepSettings(
        time_zone=config.site.time_zone,
        retention_days=config.recordings.retention_days,
        low_disk_bytes=2 * config.recordings.smallest_free_mb * 1_000_000,
        feed=bool(config.mqtt.host),
    )
    policies = policy_book(config)
    upkeep = Upkeep(
        store=store,
        library=recording_library(config),
        policies=policies,
        clock=clock,
        settings=settings,
        custody=custody,
    )
    return Timetable(wake=engine.wake, store=store, policies=policies, clock=clock, upkeep=upkeep, settings=settings)


def build_relay(config: Config, store: Store, clock: Clock) -> Relay | None:
    """None where no broker is configured. Raises `Invalid` for a `ca_file` that is none."""
    mqtt = config.mqtt
    if not mqtt.host:
        return None
    settings = FeedSettings(
        host=mqtt.host,
        port=mqtt.port,
        site=config.site.name,
        username=mqtt.user,
        password=mqtt.password,
        tls=mqtt.tls,
        ca_file=mqtt.ca_file,
    )
    try:
        return Relay(settings, store, clock)
    except OSError as error:  # ssl.SSLError is one
        raise Invalid(f"mqtt.ca_file {mqtt.ca_file} cannot be used: {error}", field="mqtt.ca_file") from error


@contextmanager
def offline_api(runner: asyncio.Runner, config: Config) -> Iterator[Api]:
    """The routes of the server in this process, on the store alone: for commands while no server runs."""
    token = secrets.token_urlsafe(16)
    stack = AsyncExitStack()
    store = runner.run(stack.enter_async_context(opened_store(config)))
    try:
        within = services(config, store, SystemClock())
        stack.push_async_callback(within.imports.close)
        stack.push_async_callback(within.simulations.close)
        app = create_app(within, admission(config, token))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        with Api(runner, "http://localhost", token, transport=transport) as api:
            yield api
    finally:
        runner.run(stack.aclose())
