"""A command is carried out once, however often and whenever it comes."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

from sip.commands import AnyCommand, ReadLevels, ReadStatistics
from sip.errors import LineBusy, UnknownLeg
from sip.events import LegStatistics, Levels
from sip.worker.frames import Reply
from sip.worker.orders import Orders
from sip.worker.station import Result


class Bench:
    """Orders over a station that finishes when told to."""

    def __init__(self, remember: int = 3) -> None:
        self.begun: list[str] = []
        self.futures: dict[str, Future[Result]] = {}
        self.answers: list[Reply] = []
        self.orders = Orders(self.carry_out, self.answers.append, remember=remember)

    def carry_out(self, command: AnyCommand) -> Future[Result]:
        self.begun.append(command.command_id)
        future: Future[Result] = Future()
        self.futures[command.command_id] = future
        return future

    def take(self, key: str) -> None:
        self.orders.take(ReadLevels(command_id=key, leg_id="leg"))

    async def finish(self, key: str, result: Result = None) -> None:
        await asyncio.to_thread(self.futures[key].set_result, result)
        await asyncio.sleep(0)


async def test_the_same_id_again_gets_the_same_reply_without_being_carried_out() -> None:
    bench = Bench()
    bench.take("one")
    await bench.finish("one", Levels(received=0.1, sent=0.2))
    bench.take("one")
    assert bench.begun == ["one"]
    assert bench.answers == [Reply(command_id="one", levels=Levels(received=0.1, sent=0.2))] * 2


async def test_a_second_one_that_comes_while_the_first_runs_is_not_carried_out() -> None:
    bench = Bench()
    bench.take("one")
    bench.take("one")
    await bench.finish("one")
    assert bench.begun == ["one"]
    assert bench.answers == [Reply(command_id="one")]


async def test_only_finished_commands_are_forgotten_and_the_oldest_first() -> None:
    bench = Bench(remember=2)
    bench.take("running")
    for key in ("a", "b", "c"):
        bench.take(key)
        await bench.finish(key)
    for key in ("running", "b", "c", "a"):
        bench.take(key)
    assert bench.begun == ["running", "a", "b", "c", "a"]


async def test_a_refusal_is_remembered_like_any_reply() -> None:
    bench = Bench()
    bench.take("one")
    await asyncio.to_thread(bench.futures["one"].set_exception, UnknownLeg("leg has ended"))
    await asyncio.sleep(0)
    bench.take("one")
    assert bench.answers == [Reply(command_id="one", error="unknown_leg", message="leg has ended")] * 2


async def test_our_own_bug_in_a_command_is_answered_and_not_silent() -> None:
    bench = Bench()
    bench.take("one")
    await asyncio.to_thread(bench.futures["one"].set_exception, ZeroDivisionError())
    await asyncio.sleep(0)
    assert bench.answers == [Reply(command_id="one", error="telephony_error", message="ZeroDivisionError")]


async def test_a_refusal_before_anything_began_is_an_answer_too() -> None:
    answers: list[Reply] = []

    def refuse(_: AnyCommand) -> Future[Result]:
        raise LineBusy("the worker is ending")

    Orders(refuse, answers.append, remember=1).take(ReadStatistics(command_id="one", leg_id="leg"))
    assert answers == [Reply(command_id="one", error="line_busy", message="the worker is ending")]


async def test_statistics_arrive_as_statistics() -> None:
    bench = Bench()
    bench.take("one")
    await bench.finish("one", LegStatistics(codec="PCMA"))
    assert bench.answers[0].statistics == LegStatistics(codec="PCMA")
