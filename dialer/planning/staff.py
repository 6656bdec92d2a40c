"""Agents, their groups, skills and passed scripts, as planners set them; on a running server it holds at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dialer.clock import Clock
from dialer.engine.engine import Engine
from dialer.errors import NotFound
from dialer.ports import Agent
from dialer.ports.archive import Archive
from dialer.ports.groups import Group, Qualification


class StaffPlanning:
    """`engine` is None while no server runs."""

    def __init__(self, *, archive: Archive, clock: Clock, engine: Engine | None) -> None:
        self._archive, self._clock, self._engine = archive, clock, engine

    async def agent(self, agent_id: str) -> Agent:
        found = await self._archive.agent(agent_id)
        if found is None:
            there = ", ".join(sorted(agent.agent_id for agent in await self._archive.agents())) or "none yet"
            raise NotFound(f"there is no agent '{agent_id}'; known: {there}", field="agent")
        return found

    async def group(self, code: str) -> Group:
        found = await self._archive.groups.by_code(code)
        if found is None:
            there = ", ".join(group.code for group in await self._archive.groups.every()) or "none yet"
            raise NotFound(f"there is no group '{code}'; known: {there}", field="group")
        return found

    async def change(self, agent_id: str, **wanted: Any) -> Agent:
        """Who is made inactive leaves, after the call he has."""
        changed = replace(await self.agent(agent_id), **wanted)
        self._may_serve(changed)
        await self._archive.save_agent(changed)
        if not changed.active and self._engine is not None:
            await self._log_out(self._engine, agent_id)
        return await self._told(agent_id)

    async def create_group(self, code: str, name: str) -> Group:
        return await self._archive.groups.add(code, name or code, at=self._clock.now())

    async def remove_group(self, code: str) -> Group:
        group = await self.group(code)
        await self._archive.groups.remove(code)
        await self._tell()
        return group

    async def join(self, code: str, agent_id: str) -> Group:
        group, agent = await self.group(code), await self.agent(agent_id)
        self._may_serve(replace(agent, groups=agent.groups | {group.code}))
        await self._archive.groups.join(code, agent_id)
        await self._tell()
        return await self.group(code)

    async def leave(self, code: str, agent_id: str) -> Group:
        await self.group(code)
        if not await self._archive.groups.leave(code, agent_id):
            raise NotFound(f"agent '{agent_id}' is not in group '{code}'", field="agent")
        await self._tell()
        return await self.group(code)

    async def set_skill(self, agent_id: str, skill: str, level: int) -> Agent:
        agent = await self.agent(agent_id)
        self._may_serve(replace(agent, skills={**agent.skills, skill: level}))
        await self._archive.groups.set_skill(agent_id, skill, level)
        return await self._told(agent_id)

    async def drop_skill(self, agent_id: str, skill: str) -> Agent:
        await self.agent(agent_id)
        if not await self._archive.groups.drop_skill(agent_id, skill):
            raise NotFound(f"agent '{agent_id}' has no skill '{skill}'", field="skill")
        return await self._told(agent_id)

    async def qualify(self, agent_id: str, script_name: str, version: int, *, by: str) -> Agent:
        await self.agent(agent_id)
        await self._archive.groups.qualify(
            Qualification(
                agent_id=agent_id, script_name=script_name, version=version, passed_at=self._clock.now(), by=by
            )
        )
        return await self._told(agent_id)

    async def disqualify(self, agent_id: str, script_name: str, version: int) -> Agent:
        await self.agent(agent_id)
        if not await self._archive.groups.disqualify(agent_id, script_name, version):
            raise NotFound(
                f"agent '{agent_id}' has not passed version {version} of script '{script_name}'", field="script"
            )
        return await self._told(agent_id)

    def _may_serve(self, agent: Agent) -> None:
        if self._engine is not None:
            self._engine.may_serve(agent)

    async def _log_out(self, engine: Engine, agent_id: str) -> None:
        if any(seat.agent_id == agent_id for seat in engine.floor().agents):
            await engine.log_out(agent_id)

    async def _told(self, agent_id: str) -> Agent:
        await self._tell()
        return await self.agent(agent_id)

    async def _tell(self) -> None:
        if self._engine is not None:
            await self._engine.staff_changed()
