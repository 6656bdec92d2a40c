"""Commands about legs and their sound, each sent to the worker that holds the leg."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sip.amd import AmdSettings
from sip.commands import (
    AnswerLeg,
    AnyCommand,
    BridgeLegs,
    HangupLeg,
    HangupReason,
    PauseRecording,
    PlaceLeg,
    PlayFile,
    ReadLevels,
    ReadStatistics,
    RejectLeg,
    ResumeRecording,
    RingLeg,
    ScreenLeg,
    SendDtmf,
    StartRecording,
    StopPlaying,
    StopRecording,
    StopScreening,
    UnbridgeLegs,
)
from sip.errors import TelephonyError, UnknownLeg
from sip.events import LegStatistics, Levels
from sip.pool.admission import Admission
from sip.pool.hands import Hand, Hands
from sip.worker.frames import Reply


class LegOrders:
    """The leg half of `sip.telephony.Telephony`. `command_id` makes an id that no other engine uses."""

    def __init__(self, hands: Hands, admission: Admission, command_id: Callable[[], str]) -> None:
        self._hands = hands
        self._admission = admission
        self._id = command_id

    async def place(self, worker: str, order: PlaceLeg) -> None:
        hand = self._hands.named(worker)
        if not order.command_id:
            order = msgspec.structs.replace(order, command_id=self._id())
        known = order.leg_id in hand.room.legs
        hand.room.leg_up(order.leg_id)
        if order.trunk:
            self._admission.placed(order.leg_id, order.trunk)
        try:
            await hand.keeper.command(order)
        except TelephonyError:
            if not known:
                self._not_placed(hand, order)
            raise

    def _not_placed(self, hand: Hand, order: PlaceLeg) -> None:
        """After a time-out the leg may yet come up; its events then bring it back into the picture."""
        hand.room.leg_gone(order.leg_id)
        if order.trunk:
            self._admission.not_placed(order.leg_id, order.trunk)

    async def ring(self, leg_id: str, *, early_media_file: str = "") -> None:
        await self._tell(leg_id, RingLeg(command_id=self._id(), leg_id=leg_id, early_media_file=early_media_file))

    async def answer(self, leg_id: str, *, send_media: bool = True) -> None:
        await self._tell(leg_id, AnswerLeg(command_id=self._id(), leg_id=leg_id, send_media=send_media))

    async def reject(self, leg_id: str, sip_status: int, *, q850: int | None = None) -> None:
        await self._tell(leg_id, RejectLeg(command_id=self._id(), leg_id=leg_id, sip_status=sip_status, q850=q850))

    async def hang_up(self, leg_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
        await self._tell(leg_id, HangupLeg(command_id=self._id(), leg_id=leg_id, reason=reason))

    async def bridge(self, leg_id: str, other_leg_id: str) -> None:
        self._together(leg_id, other_leg_id)
        await self._tell(leg_id, BridgeLegs(command_id=self._id(), leg_id=leg_id, other_leg_id=other_leg_id))

    async def unbridge(self, leg_id: str, other_leg_id: str) -> None:
        await self._tell(leg_id, UnbridgeLegs(command_id=self._id(), leg_id=leg_id, other_leg_id=other_leg_id))

    async def send_dtmf(self, leg_id: str, digits: str) -> None:
        await self._tell(leg_id, SendDtmf(command_id=self._id(), leg_id=leg_id, digits=digits))

    async def screen(self, leg_id: str, settings: AmdSettings, *, await_greeting: bool = False) -> None:
        order = ScreenLeg(command_id=self._id(), leg_id=leg_id, settings=settings, await_greeting=await_greeting)
        await self._tell(leg_id, order)

    async def stop_screening(self, leg_id: str) -> None:
        await self._tell(leg_id, StopScreening(command_id=self._id(), leg_id=leg_id))

    async def levels(self, leg_id: str) -> Levels:
        reply = await self._tell(leg_id, ReadLevels(command_id=self._id(), leg_id=leg_id))
        if reply.levels is None:
            raise TelephonyError(f"worker sent no levels of leg {leg_id}")
        return reply.levels

    async def statistics(self, leg_id: str) -> LegStatistics:
        reply = await self._tell(leg_id, ReadStatistics(command_id=self._id(), leg_id=leg_id))
        if reply.statistics is None:
            raise TelephonyError(f"worker sent no statistics of leg {leg_id}")
        return reply.statistics

    # sound

    async def start_recording(self, recording_id: str, *, customer_leg: str, agent_leg: str, directory: str) -> None:
        hand = self._together(customer_leg, agent_leg)
        hand.recordings.add(recording_id)
        try:
            await hand.keeper.command(StartRecording(
                command_id=self._id(), recording_id=recording_id, customer_leg=customer_leg,
                agent_leg=agent_leg, directory=directory,
            ))  # fmt: skip
        except TelephonyError:
            hand.recordings.discard(recording_id)
            raise

    async def pause_recording(self, recording_id: str) -> None:
        order = PauseRecording(command_id=self._id(), recording_id=recording_id)
        await self._hands.with_recording(recording_id).keeper.command(order)

    async def resume_recording(self, recording_id: str) -> None:
        order = ResumeRecording(command_id=self._id(), recording_id=recording_id)
        await self._hands.with_recording(recording_id).keeper.command(order)

    async def stop_recording(self, recording_id: str) -> None:
        order = StopRecording(command_id=self._id(), recording_id=recording_id)
        await self._hands.with_recording(recording_id).keeper.command(order)

    async def play(self, playback_id: str, leg_id: str, path: str, *, loop: bool = False) -> None:
        hand = self._hands.with_leg(leg_id)
        hand.playbacks.add(playback_id)
        order = PlayFile(command_id=self._id(), playback_id=playback_id, leg_id=leg_id, path=path, loop=loop)
        try:
            await hand.keeper.command(order)
        except TelephonyError:
            hand.playbacks.discard(playback_id)
            raise

    async def stop_playing(self, playback_id: str) -> None:
        order = StopPlaying(command_id=self._id(), playback_id=playback_id)
        await self._hands.with_playback(playback_id).keeper.command(order)

    async def _tell(self, leg_id: str, order: AnyCommand) -> Reply:
        return await self._hands.with_leg(leg_id).keeper.command(order)

    def _together(self, leg_id: str, other_leg_id: str) -> Hand:
        """Both legs must be on one worker: sound is joined inside a process only."""
        hand = self._hands.with_leg(leg_id)
        if other_leg_id not in hand.room.legs:
            raise UnknownLeg(f"leg {other_leg_id} is not on worker {hand.keeper.name}, where leg {leg_id} is")
        return hand
