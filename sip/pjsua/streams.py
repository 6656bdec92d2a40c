"""RTP figures of a leg, added up over the streams it had (every re-INVITE may bring a new one)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sip.events import LegStatistics
from sip.quality import mean_opinion_score


@dataclass(slots=True)
class StreamFigures:
    codec: str = ""
    sent: int = 0
    received: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    round_trip_ms: float = 0.0

    def plus(self, later: StreamFigures) -> StreamFigures:
        return StreamFigures(
            codec=later.codec or self.codec,
            sent=self.sent + later.sent,
            received=self.received + later.received,
            lost=self.lost + later.lost,
            jitter_ms=max(self.jitter_ms, later.jitter_ms),
            round_trip_ms=later.round_trip_ms or self.round_trip_ms,
        )

    def statistics(self) -> LegStatistics:
        return LegStatistics(
            codec=self.codec,
            packets_sent=self.sent,
            packets_received=self.received,
            packets_lost=self.lost,
            jitter_ms=round(self.jitter_ms, 2),
            round_trip_ms=round(self.round_trip_ms, 2),
            mos=mean_opinion_score(
                self.codec,
                received=self.received,
                lost=self.lost,
                jitter_ms=self.jitter_ms,
                round_trip_ms=self.round_trip_ms,
            ),
        )


def read_stream(call: Any, index: int) -> StreamFigures:
    """Figures of a stream that exists; raises `pjsua2.Error` once it is destroyed."""
    info = call.getStreamInfo(index)
    stat = call.getStreamStat(index)
    rtcp = stat.rtcp
    sent, received = rtcp.txStat, rtcp.rxStat
    jitter, round_trip = received.jitterUsec, rtcp.rttUsec
    return StreamFigures(
        codec=str(info.codecName),
        sent=int(sent.pkt),
        received=int(received.pkt),
        lost=int(received.loss),
        jitter_ms=jitter.mean / 1000 if jitter.n else 0.0,
        round_trip_ms=round_trip.mean / 1000 if round_trip.n else 0.0,
    )
