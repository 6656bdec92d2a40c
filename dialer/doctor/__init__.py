"""Is this site able to work? Every check says what it found and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.config import Config, TrunkSection
from dialer.doctor import lines, machine
from dialer.doctor.calendars import check_calendars
from dialer.doctor.check import Check, Status, failed, passed
from dialer.errors import Refused
from dialer.wiring import opened_store

__all__ = ["Check", "Status", "examine"]
Report = Callable[[Check], None]


async def examine(config: Config, report: Report, *, echo: str = "", trunk: str = "") -> None:
    """In the order of what depends on what. `echo` and `trunk` ask for a test call beyond the configured ones."""
    report(machine.check_python())
    report(machine.check_openssl())
    report(machine.check_sound(config))
    report(machine.check_data(config))
    report(machine.check_disk(config))
    database, countries = await _check_database(config)
    report(database)
    report(check_calendars(config, countries, datetime.now(ZoneInfo(config.site.time_zone)).date()))
    try:
        async with lines.throw_away_worker(config) as line:
            await _check_lines(line, config, report, echo, trunk)
    except (TimeoutError, OSError) as error:
        report(_no_worker(str(error) or "it did not start within its time"))


async def _check_database(config: Config) -> tuple[Check, set[str]]:
    """Opens it, migrating it where needed, and reads from it; the countries its campaigns call."""
    if not config.database.url and not (config.data / "goldenhour.db").exists():
        return passed("database", "SQLite; made in the data directory by the first goldenhour serve"), set()
    try:
        async with opened_store(config) as store:
            campaigns = await store.campaigns()
    except Refused as error:
        return failed("database", error.message, "see the message; nothing is lost by a failed check"), set()
    kind = config.database.url.split(":")[0] or "SQLite"
    countries = {campaign.settings.country for campaign in campaigns}
    return passed("database", f"{kind}, {len(campaigns)} campaigns"), countries


async def _check_lines(line: lines.Listening, config: Config, report: Report, echo: str, trunk: str) -> None:
    capacity = next(iter(line.telephony.workers().values()), None)
    if capacity is None:
        report(_no_worker("it did not report within its time"))
        return
    for check in lines.check_build(capacity, line.telephony.capacity().total, config.workers.count):
        report(check)
    report(lines.check_codecs(capacity, config))
    for section in config.trunks:
        reached = await lines.check_trunk(line, section)
        report(reached)
        number = _echo_number(section, config, echo, trunk)
        if number and reached.status is not Status.FAIL:
            report(await lines.check_echo(line, section, number))


def _echo_number(section: TrunkSection, config: Config, echo: str, trunk: str) -> str:
    """The number asked for goes over the trunk asked for, or else the first; other trunks call their own."""
    chosen = trunk or config.trunks[0].name
    return echo if echo and section.name == chosen else section.echo


def _no_worker(reason: str) -> Check:
    advice = "run: python -c 'import pjsua2'; reinstall pjsua2-python 2.15.1.post1 if that fails"
    return failed("pjsua2", f"no line worker: {reason}", advice)
