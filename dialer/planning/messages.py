"""A campaign's own sounds for customers who wait: set, heard, taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from campaigns.campaign import CampaignSettings
from campaigns.messages import LANGUAGES, LONGEST_S, Use, built_in
from dialer.engine.sounds import DIRECTORY
from dialer.errors import NotFound
from dialer.messages import MessageShelf, duration_of
from dialer.planning.campaigns import CampaignPlanning


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`origin` "campaign", "file" or "built-in"."""

    use: Use
    language: str
    origin: str
    path: Path
    duration_s: float
    longest_s: float
    converted: bool = False


@dataclass(frozen=True, slots=True)
class MessagePlanning:
    shelf: MessageShelf
    campaigns: CampaignPlanning

    async def all(self, code: str) -> list[Heard]:
        """In every language that there is a sound in."""
        settings = (await self.campaigns.find(code)).settings
        spoken = {name.partition(".")[2] for name in settings.messages} | set(LANGUAGES)
        heard = (self._heard(settings, use, language) for use in Use for language in sorted(spoken))
        return [one for one in heard if one is not None]

    async def heard(self, code: str, use: Use, language: str) -> Heard:
        found = self._heard((await self.campaigns.find(code)).settings, use, language)
        if found is None:
            raise NotFound(f"campaign {code} has no {use} in {language}; the customer hears silence", field="use")
        return found

    async def put(self, code: str, use: Use, language: str, *, content: bytes, name: str, by: str) -> Heard:
        """A new version of the campaign; holds for the next calls. Raises `Invalid`."""
        present = (await self.campaigns.find(code)).settings.messages
        kept = await asyncio.to_thread(self.shelf.keep, content, use, name)
        await self._set(code, present | {f"{use}.{language}": kept.sha256}, by, f"{use} in {language}: {name}")
        return Heard(
            use=use, language=language, origin="campaign", path=self.shelf.path(kept.sha256),
            duration_s=kept.duration_s, longest_s=LONGEST_S[use], converted=kept.converted,
        )  # fmt: skip

    async def drop(self, code: str, use: Use, language: str, *, by: str) -> None:
        """The built-in one is heard again. The sound stays on the site, for the versions that had it."""
        present = (await self.campaigns.find(code)).settings.messages
        name = f"{use}.{language}"
        if name not in present:
            has = ", ".join(sorted(present)) or "none"
            raise NotFound(f"campaign {code} has no {name} of its own (it has: {has})", field="language")
        left = {key: value for key, value in present.items() if key != name}
        await self._set(code, left, by, f"{use} in {language}: built-in again")

    async def _set(self, code: str, messages: dict[str, str], by: str, note: str) -> None:
        unset: Iterable[str] = () if messages else ("messages",)
        changes = {"messages": messages} if messages else {}
        await self.campaigns.change(code, changes, unset=unset, by=by, note=note)

    def _heard(self, settings: CampaignSettings, use: Use, language: str) -> Heard | None:
        found = self._found(settings, use, language)
        if found is None:
            return None
        origin, path = found
        return Heard(
            use=use, language=language, origin=origin, path=path, duration_s=duration_of(path), longest_s=LONGEST_S[use]
        )

    def _found(self, settings: CampaignSettings, use: Use, language: str) -> tuple[str, Path] | None:
        """As `dialer.engine.sounds.files` finds it for a customer who speaks nothing else."""
        digest = settings.messages.get(f"{use}.{language}")
        if digest is not None:
            return "campaign", self.shelf.find(digest)
        if use is Use.MESSAGE and settings.safe_harbour_file:
            return "file", Path(settings.safe_harbour_file)
        name = built_in(use, (language,), settings.opt_out_key)
        return None if name is None else ("built-in", DIRECTORY / name)
