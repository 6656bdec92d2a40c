"""A process that owns a pool with one conversation up, to be killed: `python -m tests.integration.sip.owner ...`.

Prints a JSON line with what it heard once the conversation is recorded, then hears on without acknowledging.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from sip.events import LegAnswered, LegsBridged, RecordingStarted
from sip.pool import LinePool, PoolSettings
from tests.integration.sip.floor import Listener, listening, order


async def main(directory: Path, customer: str, agent: str) -> None:
    pool = LinePool(PoolSettings(run_directory=directory / "run", workers=1, rtp_port_from=30000, rtp_port_to=33999))
    async with listening(pool, acknowledges=False) as heard:
        await pool.start()
        line = pool.reserve("call")
        for leg, address in (("call.c", customer), ("call.a", agent)):
            await pool.place(line.worker, order(leg, address))
            await heard.until(LegAnswered, leg_id=leg)
        await pool.bridge("call.c", "call.a")
        await heard.until(LegsBridged)
        await pool.start_recording("rec", customer_leg="call.c", agent_leg="call.a", directory=str(directory))
        await heard.until(RecordingStarted)
        tell(pool, heard)
        await asyncio.Event().wait()


def tell(pool: LinePool, heard: Listener) -> None:
    """Half of what was heard is acknowledged: the other half must come again."""
    numbers = [delivered.seq for delivered in heard.delivered if delivered.seq]
    acknowledged = numbers[len(numbers) // 2]
    pool.acknowledge("w1", acknowledged)
    asyncio.get_running_loop().call_later(
        0.1,
        lambda: print(
            json.dumps({"pid": pool.worker_pid("w1"), "heard": numbers, "acknowledged": acknowledged}), flush=True
        ),
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
