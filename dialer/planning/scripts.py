"""Call scripts as planners handle them: written, checked, reviewed, released, tried, and what customers answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

from campaigns.campaign import Campaign, dials
from campaigns.changes import Change
from campaigns.script import Picture, Script
from campaigns.script_answers import BadAnswer, parse
from campaigns.script_checks import Finding, check
from campaigns.script_diff import diff
from campaigns.script_search import Hit, search
from campaigns.script_version import CheckItem, ScriptOrder, Shelf, label_parts, unticked
from campaigns.script_walk import NEXT_CALL
from dialer.clock import Clock
from dialer.engine.engine import Engine
from dialer.engine.settings import Policies
from dialer.errors import Invalid, NotFound, WrongState
from dialer.pictures import PictureStore
from dialer.planning.script_file import as_text, parse_script
from dialer.ports import AttemptRow
from dialer.ports.archive import Archive
from dialer.ports.scripts import NewAnswer, ScriptAnswer, ScriptStep, ScriptVersion


class ScriptPlanning:
    """`engine` is None while no server runs."""

    def __init__(
        self, *, archive: Archive, clock: Clock, policies: Policies, pictures: PictureStore, engine: Engine | None
    ) -> None:
        self._archive, self._clock, self._policies = archive, clock, policies
        self._pictures, self._engine = pictures, engine

    # one file
    async def write(self, text: str, *, by: str, note: str = "") -> ScriptVersion:
        """Over the present draft, else a new version; nothing new where nothing differs. What is wrong with it keeps
        it from review, not from being kept."""
        content = parse_script(text, name="script")
        _person(by)
        kept = await asyncio.to_thread(self._kept, content)
        known = await self._archive.scripts.versions(content.name)
        if known and known[-1].content == kept:
            return known[-1]
        return await self._archive.scripts.write(kept, at=self._clock.now(), by=by, note=note)

    def _kept(self, content: Script) -> Script:
        pictures = tuple(self._pictures.keep(picture) for picture in content.pictures)
        return content.model_copy(update={"pictures": pictures})

    async def exported(self, name: str, version: int | None = None) -> str:
        content = (await self.find(name, version)).content
        return await asyncio.to_thread(self._embedded, content)

    def _embedded(self, content: Script) -> str:
        pictures = tuple(self._pictures.embedded(picture) for picture in content.pictures)
        return as_text(content.model_copy(update={"pictures": pictures}))

    async def picture(self, name: str, picture: str, version: int | None = None) -> bytes:
        content = (await self.find(name, version)).content
        found: Picture | None = next((one for one in content.pictures if one.name == picture), None)
        if found is None:
            raise NotFound(f"script '{name}' has no picture '{picture}'", field="picture")
        return await asyncio.to_thread(self._pictures.load, found.sha256)

    # looking
    async def versions(self, name: str) -> list[ScriptVersion]:
        found = await self._archive.scripts.versions(name)
        if not found:
            there = ", ".join(one.name for one in await self._archive.scripts.every()) or "none yet"
            raise NotFound(f"there is no script '{name}'; known: {there}", field="script")
        return found

    async def find(self, name: str, version: int | None = None) -> ScriptVersion:
        """Without a version the latest one."""
        found = await self.versions(name)
        if version is None:
            return found[-1]
        return _of(found, version)

    async def in_use(self, name: str) -> ScriptVersion:
        """The latest released version, or where there is none the latest."""
        found = await self.versions(name)
        released = [one.version for one in (await self._shelf()).by_name.get(name, ()) if not one.retired]
        return _of(found, released[-1]) if released else found[-1]

    async def steps(self, name: str) -> list[ScriptStep]:
        await self.versions(name)
        return await self._archive.scripts.steps(name)

    async def diff(self, name: str, first: int, second: int) -> tuple[Change, ...]:
        found = await self.versions(name)
        return diff(_of(found, first).content, _of(found, second).content)

    async def search(self, name: str, words: str, *, version: int | None = None, limit: int = 5) -> tuple[Hit, ...]:
        found = await self.in_use(name) if version is None else await self.find(name, version)
        return search(found.content, words, limit=limit)

    async def findings(self, content: Script) -> tuple[Finding, ...]:
        """With what the policies of the campaigns that use it demand."""
        campaigns = await self._archive.campaigns()
        using = [c for c in campaigns if c.settings.script_name == content.name]
        demanded = {code: None for c in using for code in self._policies.of(c.settings).must_say}
        return check(content, tuple(demanded))

    async def in_force(self, campaign: Campaign) -> str:
        """Name and version of the campaign's script; "" where none is in force."""
        found = (await self._shelf()).in_force(campaign.settings)
        return found.label if found else ""

    # review and release
    async def tick(self, name: str, version: int, item: CheckItem, *, by: str, remark: str = "") -> ScriptVersion:
        _person(by)
        await self.find(name, version)
        return await self._archive.scripts.tick(name, version, item, at=self._clock.now(), by=by, remark=remark)

    async def order(
        self, name: str, version: int, order: ScriptOrder, *, by: str, words: str = "", requalify: bool = True
    ) -> ScriptVersion:
        """Raises `Invalid` for a script with errors, `WrongState` for one that is not ready for the order."""
        _person(by)
        known = await self.find(name, version)
        await self._ready(known, order, by=by, words=words)
        moved = await self._archive.scripts.move(
            name, version, order, at=self._clock.now(), by=by, words=words, requalify=requalify
        )
        if self._engine is not None and order in (ScriptOrder.RELEASE, ScriptOrder.RETIRE):
            await self._engine.scripts_changed()
        return moved

    async def _ready(self, known: ScriptVersion, order: ScriptOrder, *, by: str, words: str) -> None:
        match order:
            case ScriptOrder.SUBMIT:
                self._faultless(known)
            case ScriptOrder.SEND_BACK if not words.strip():
                raise Invalid("words: say what is to be changed", field="words")
            case ScriptOrder.APPROVE:
                _by_another(known, by)
                _ticked(known)
            case ScriptOrder.RELEASE:
                self._faultless(known)
                _approved(known)
            case ScriptOrder.RETIRE:
                await self._not_needed(known)

    def _faultless(self, known: ScriptVersion) -> None:
        errors = [finding for finding in check(known.content) if finding.severity == "error"]
        if errors:
            lines = [f"{finding.node}: {finding.message}" if finding.node else finding.message for finding in errors]
            raise Invalid(
                "\n".join([f"version {known.version} of script {known.name} has errors:", *lines]),
                field=errors[0].node or "script",
            )

    async def _not_needed(self, known: ScriptVersion) -> None:
        """No campaign that dials would be left without a script."""
        shelf = await self._shelf()
        without = shelf.without(known.name, known.version)
        for campaign in await self._archive.campaigns():
            settings = campaign.settings
            if settings.script_name != known.name or not dials(campaign.state):
                continue
            if shelf.in_force(settings) and without.in_force(settings) is None:
                raise WrongState(
                    f"campaign {settings.code} dials with version {known.version} of script {known.name}; "
                    "release another version first, or pause the campaign",
                    field="version",
                )

    async def _shelf(self) -> Shelf:
        return Shelf.of(await self._archive.released_scripts())

    # calls
    async def of_call(self, attempt: AttemptRow) -> ScriptVersion:
        """The version the call was made with, whatever is in force by now."""
        found = label_parts(attempt.script_version)
        if found is None:
            raise WrongState(f"call '{attempt.attempt_id}' was made without a script", field="call")
        return await self.find(*found)

    async def answer(
        self, attempt: AttemptRow, given: Mapping[str, object], *, next_call_at: datetime | None = None, by: str
    ) -> list[ScriptAnswer]:
        """Kept with the call and put into the lead's fields; the same answers once more change nothing."""
        script = (await self.of_call(attempt)).content
        answers = list(_typed(script, given))
        if next_call_at is not None:
            answers.append(NewAnswer(question=NEXT_CALL, value=next_call_at.isoformat()))
        changed = await self._archive.scripts.answer(attempt.attempt_id, answers, at=self._clock.now(), by=by)
        if changed and self._engine is not None:
            self._engine.wake()
        return await self.answers(attempt)

    async def answers(self, attempt: AttemptRow) -> list[ScriptAnswer]:
        return await self._archive.scripts.answers(attempt.attempt_id)

    async def booked(self, attempt: AttemptRow, code: str) -> datetime | None:
        """When the script's last step booked the next call; None where the disposition promises none."""
        campaign = await self._archive.campaign(attempt.campaign_code)
        chosen = next((d for d in campaign.settings.dispositions if d.code == code), None) if campaign else None
        if chosen is None or not chosen.callback:
            return None
        kept = {answer.question: answer.value for answer in await self.answers(attempt)}
        at = kept.get(NEXT_CALL)
        return datetime.fromisoformat(at) if isinstance(at, str) else None


def _typed(script: Script, given: Mapping[str, object]) -> Iterable[NewAnswer]:
    questions = {question.code: question for question in script.questions()}
    for code, value in given.items():
        if code not in questions:
            known = ", ".join(questions) or "none"
            raise Invalid(f"script {script.name} has no question '{code}'; its questions: {known}", field=code)
        try:
            yield NewAnswer(question=code, value=parse(questions[code], value), field=questions[code].field)
        except BadAnswer as error:
            raise Invalid(str(error), field=code) from error


def _of(found: Iterable[ScriptVersion], version: int) -> ScriptVersion:
    versions = list(found)
    known = next((one for one in versions if one.version == version), None)
    if known is None:
        numbers = ", ".join(str(one.version) for one in versions)
        raise NotFound(
            f"script '{versions[0].name}' has no version {version}; its versions: {numbers}", field="version"
        )
    return known


def _person(by: str) -> None:
    if not by.strip():
        raise Invalid("by: say who does it", field="by")


def _by_another(known: ScriptVersion, by: str) -> None:
    writers = {writer.casefold().strip() for writer in (*known.writers, known.content.author)}
    if by.casefold().strip() in writers:
        raise WrongState(f"{by} wrote it; somebody else has to approve it", field="by")


def _ticked(known: ScriptVersion) -> None:
    if left := unticked(known.ticks):
        raise WrongState(
            f"the checklist of version {known.version} of script {known.name} is not done; still to be ticked: "
            f"{', '.join(left)}",
            field="checklist",
        )


def _approved(known: ScriptVersion) -> None:
    if not known.approved_by:
        raise WrongState(
            f"version {known.version} of script {known.name} is not approved; let somebody else approve it first",
            field="version",
        )
