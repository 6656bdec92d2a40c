"""The carrier's single address forwards what forms a dialog and stays out of everything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from sip.simulator.front import Address, CarrierFront


class Endpoint(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.inbox: asyncio.Queue[tuple[str, Address]] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.inbox.put_nowait((data.decode(), addr))

    @property
    def address(self) -> Address:
        assert self.transport is not None
        host, port = self.transport.get_extra_info("sockname")
        return host, port

    def send(self, text: str, to: Address) -> None:
        assert self.transport is not None
        self.transport.sendto(text.replace("\n", "\r\n").encode(), to)

    async def receives(self) -> tuple[str, Address]:
        async with asyncio.timeout(2):
            return await self.inbox.get()


async def endpoint() -> Endpoint:
    protocol = Endpoint()
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: protocol, local_addr=("127.0.0.1", 0))
    return protocol


class Net:
    def __init__(self, caller: Endpoint, workers: list[Endpoint]) -> None:
        self.caller, self.workers = caller, workers
        self.free = list(workers)
        self.front = CarrierFront(lambda _: self.free.pop(0).address if self.free else None)
        self.address: Address = ("", 0)

    def request(self, method: str, call_id: str) -> None:
        host, port = self.caller.address
        self.caller.send(
            f"{method} sip:8613800000001@carrier SIP/2.0\n"
            f"Via: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bK{call_id}\n"
            f"From: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: {call_id}\nCSeq: 1 {method}\nContent-Length: 4\n\nbody",
            self.address,
        )


@pytest.fixture
async def net() -> AsyncIterator[Net]:
    net = Net(await endpoint(), [await endpoint(), await endpoint()])
    net.address = await net.front.start()
    yield net
    net.front.close()
    for end in (net.caller, *net.workers):
        assert end.transport is not None
        end.transport.close()


def top_via(message: str) -> str:
    return next(line for line in message.split("\r\n") if line.startswith("Via:"))


async def test_a_call_and_its_cancel_reach_the_same_worker_with_the_same_branch(net: Net) -> None:
    net.request("INVITE", "call-1")
    invite, _ = await net.workers[0].receives()
    net.request("CANCEL", "call-1")
    cancel, _ = await net.workers[0].receives()
    assert invite.endswith("\r\n\r\nbody")
    assert top_via(invite) == top_via(cancel)
    assert invite.count("\r\nVia:") == 2


async def test_a_response_finds_its_way_back_without_the_fronts_via(net: Net) -> None:
    net.request("INVITE", "call-1")
    invite, source = await net.workers[0].receives()
    vias = "\n".join(line for line in invite.split("\r\n") if line.startswith("Via:"))
    net.workers[0].send(f"SIP/2.0 180 Ringing\n{vias}\nCall-ID: call-1\nCSeq: 1 INVITE\n\n", source)
    response, _ = await net.caller.receives()
    assert response.startswith("SIP/2.0 180 Ringing")
    assert response.count("Via:") == 1
    assert "branch=z9hG4bKcall-1" in response


async def test_two_calls_go_to_two_workers_and_a_third_finds_the_carrier_full(net: Net) -> None:
    for call_id in ("one", "two", "three"):
        net.request("INVITE", call_id)
    await net.workers[0].receives()
    await net.workers[1].receives()
    refusal, _ = await net.caller.receives()
    assert refusal.startswith("SIP/2.0 503")
    assert "Q.850;cause=34" in refusal


async def test_options_is_answered_and_noise_is_ignored(net: Net) -> None:
    for noise in ("\n\n", "garbage", "BYE sip:x SIP/2.0\nCall-ID: unknown\n\n", "SIP/2.0 200 OK\n\n"):
        net.caller.send(noise, net.address)
    net.request("OPTIONS", "ping")
    while not (answer := (await net.caller.receives())[0]).startswith("SIP/2.0 200"):
        assert answer.startswith("SIP/2.0 405")
