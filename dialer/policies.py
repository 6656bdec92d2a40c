"""The policy packs that ship with the product, and those of a site: read once, then values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from campaigns.campaign import CampaignSettings
from campaigns.policy import Policy, PolicyError, parse_policy, strictest
from dialer.calendars import CalendarBook
from dialer.errors import Invalid

DEFAULT = "default"
REHEARSAL = "rehearsal"


class PolicyBook:
    """Finds the rules for a campaign and for a lead of any country.

    The country's own pack always holds; a pack named by the campaign can only add to it. The rehearsal pack, which
    knows neither hours nor caps, is in force for everything when `rehearsal` is set (a simulated carrier) and refused
    otherwise.
    """

    def __init__(
        self, packs: Iterable[Policy], *, calendars: CalendarBook | None = None, rehearsal: bool = False
    ) -> None:
        self.calendars = calendars or CalendarBook.load()
        self._found: dict[tuple[str, str], Policy] = {}
        self._packs = {pack.name: pack for pack in packs}
        if DEFAULT not in self._packs:
            raise PolicyError(f"there is no policy pack named {DEFAULT!r}; it holds for countries without their own")
        self._by_country = _by_country(self._packs.values())
        self._rehearsal = rehearsal

    @classmethod
    def load(cls, *directories: Path, calendars: CalendarBook | None = None, rehearsal: bool = False) -> PolicyBook:
        """The shipped packs, then those of `directories`, which replace packs of the same name."""
        texts = [(entry.name, entry.read_text("utf-8")) for entry in _shipped()]
        for directory in directories:
            texts += [(str(path), path.read_text("utf-8")) for path in sorted(directory.glob("*.toml"))]
        packs = (_parsed(name, text) for name, text in texts)
        return cls(packs, calendars=calendars, rehearsal=rehearsal)

    def names(self) -> list[str]:
        return sorted(name for name, pack in self._packs.items() if self._rehearsal or not pack.rehearsal)

    def named(self, name: str) -> Policy:
        """The pack by itself, without any calendar. Raises `Invalid`."""
        pack = self._packs.get(name)
        if pack is None or (pack.rehearsal and not self._rehearsal):
            known = ", ".join(self.names())
            raise Invalid(f"there is no policy pack {name!r}; choose one of {known}, or none", field="policy")
        return pack

    def country(self, country: str) -> Policy:
        """The country's pack by itself, without its calendar."""
        return self._by_country.get(country) or self._packs[DEFAULT]

    def of(self, settings: CampaignSettings, country: str = "") -> Policy:
        """What holds for the campaign, and for its leads of `country` where that is another one than the campaign's.

        Raises `Invalid` for a pack nobody knows.
        """
        if self._rehearsal:
            return self._packs[REHEARSAL]
        wanted = (country or settings.country, settings.policy)
        if wanted not in self._found:
            self._found[wanted] = self._strictest(*wanted)
        return self._found[wanted]

    def _strictest(self, country: str, named: str) -> Policy:
        policy = self.country(country)
        policy = strictest(policy, self.named(named)) if named else policy
        return replace(policy, calendar=self.calendars.of(country))


def _by_country(packs: Iterable[Policy]) -> dict[str, Policy]:
    """The pack named like its country is the general one; others of the country are chosen by name."""
    found: dict[str, Policy] = {}
    for pack in packs:
        for country in pack.countries:
            if country not in found or pack.name == country.lower():
                found[country] = pack
    return found


def _shipped() -> list[Traversable]:
    directory = resources.files("campaigns") / "policies"
    return sorted(
        (entry for entry in directory.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name
    )


def _parsed(name: str, text: str) -> Policy:
    try:
        return parse_policy(text)
    except PolicyError as error:
        raise PolicyError(f"{name}: {error}") from error
