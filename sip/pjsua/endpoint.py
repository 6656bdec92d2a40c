"""Start of the pjsua2 library: one endpoint per process, one transport, a bridge clock without a sound device."""

from __future__ import annotations

import math
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pjsua2

from sip.pjsua.names import system_nameservers
from sip.pjsua.pj import put
from sip.station import StationSettings
from sip.trunks import Codec

CLOCK_HZ = 8000
CALLS_ASKED_FOR = 1024
PRIORITY = {Codec.PCMA: 132, Codec.PCMU: 131, Codec.G722: 130}


class SipEndpoint:
    """Owns `pjsua2.Endpoint`; every method on the SIP thread."""

    def __init__(self, settings: StationSettings) -> None:
        self._settings = settings
        self._endpoint = pjsua2.Endpoint()
        self._doorbell = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._doorbell.setblocking(False)
        self._door: tuple[str, int] | None = None
        self.sip_address = ""
        self.version = ""
        self.codecs: tuple[str, ...] = ()
        self.openssl = loaded_openssl()

    @property
    def tls_ok(self) -> bool:
        return not tls_refusal(self.openssl)

    def start(self) -> None:
        with no_output():
            self._endpoint.libCreate()
            self._endpoint.libInit(self._configuration())
        transport_id = self._endpoint.transportCreate(pjsua2.PJSIP_TRANSPORT_UDP, self._transport())
        self._endpoint.libStart()
        self._endpoint.audDevManager().setNullDev()
        info = self._endpoint.transportGetInfo(transport_id)
        self.sip_address = str(info.localName)
        any_address = self._settings.bind_address in ("", "0.0.0.0")  # noqa: S104
        host = "127.0.0.1" if any_address else self._settings.bind_address
        self._door = (host, int(str(info.localAddress).rpartition(":")[2]))
        self.version = str(self._endpoint.libVersion().full)
        self.codecs = self._choose_codecs()

    def null_device(self) -> pjsua2.AudioMedia:
        """The sink of the bridge's clock: takes sound and drops it."""
        return self._endpoint.audDevManager().getPlaybackDevMedia()

    def poll(self, seconds: float) -> None:
        """PJSIP counts in milliseconds; rounded down, the rest of one would be spent asking again and again."""
        self._endpoint.libHandleEvents(math.ceil(seconds * 1000))

    def wake(self) -> None:
        """Any thread: make a waiting `poll` return, by a keep-alive (RFC 5626 4.4.1) to our own SIP port."""
        if self._door is not None:
            with suppress(OSError):
                self._doorbell.sendto(b"\r\n\r\n", self._door)

    def open_transport(self, kind: str) -> None:
        """A TCP or TLS transport beside UDP, for trunks that ask for it."""
        number = pjsua2.PJSIP_TRANSPORT_TLS if kind == "tls" else pjsua2.PJSIP_TRANSPORT_TCP
        self._endpoint.transportCreate(number, self._transport())

    def media_transport(self) -> pjsua2.TransportConfig:
        transport = pjsua2.TransportConfig()
        put(
            transport,
            port=self._settings.rtp_port_from,
            portRange=self._settings.rtp_port_to - self._settings.rtp_port_from,
            boundAddress=self._settings.bind_address,
            publicAddress=self._settings.public_address,
        )
        return transport

    def _transport(self) -> pjsua2.TransportConfig:
        transport = pjsua2.TransportConfig()
        put(
            transport,
            port=self._settings.sip_port,
            boundAddress=self._settings.bind_address,
            publicAddress=self._settings.public_address,
        )
        return transport

    def _configuration(self) -> pjsua2.EpConfig:
        configuration = pjsua2.EpConfig()
        put(
            configuration.uaConfig,
            maxCalls=self._settings.max_legs_limit or CALLS_ASKED_FOR,
            threadCnt=0,
            mainThreadOnly=True,
            userAgent=self._settings.user_agent,
            natTypeInSdp=0,
        )
        for nameserver in self._settings.nameservers or system_nameservers():
            configuration.uaConfig.nameserver.append(nameserver)
        put(
            configuration.medConfig,
            clockRate=CLOCK_HZ,
            sndClockRate=CLOCK_HZ,
            channelCount=1,
            audioFramePtime=20,
            threadCnt=1,
            noVad=True,
            ecTailLen=0,
        )
        put(configuration.logConfig, level=2, consoleLevel=0, msgLogging=0, filename=self._settings.log_file)
        return configuration

    def _choose_codecs(self) -> tuple[str, ...]:
        """PCMA, PCMU, G722 in this order; everything else off. What a trunk takes is filtered per call."""
        found = [str(codec.codecId) for codec in self._endpoint.codecEnum2()]
        kept = []
        for codec_id in found:
            wanted = next((c for c in Codec if codec_id.startswith(f"{c}/")), None)
            self._endpoint.codecSetPriority(codec_id, PRIORITY[wanted] if wanted else 0)
            if wanted:
                kept.append(str(wanted))
        return tuple(kept)


@contextmanager
def no_output() -> Iterator[None]:
    """PJSIP writes to standard output until its log settings are read; nothing else runs in the process by then."""
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def loaded_openssl() -> str:
    """Version of the OpenSSL that pjsua2 brought into this process, from its file name; empty when unknown."""
    bundled = Path(pjsua2.__file__).parent.parent / "pjsua2_python.libs"
    for library in sorted(bundled.glob("libssl*")) if bundled.is_dir() else ():
        if match := re.search(r"\.so\.([0-9][0-9.]*[a-z]?)", library.name):
            return match.group(1)
    for line in Path("/proc/self/maps").read_text().splitlines():
        if match := re.search(r"/libssl[^/]*\.so\.([0-9][0-9.]*[a-z]?)$", line):
            return match.group(1)
    return ""


def tls_refusal(openssl: str) -> str:
    """Why SIP over TLS is refused on this build; empty when it is fine."""
    if not openssl:
        return "SIP over TLS is refused: this pjsua2 build brings no OpenSSL"
    if int(openssl.partition(".")[0]) < 3 and not openssl.startswith("1.1.1"):
        return (
            f"SIP over TLS is refused: this pjsua2 build bundles OpenSSL {openssl}, which has had no security "
            "fixes since 2019; use UDP inside a private network or the project's own pjsua2 build"
        )
    return ""
