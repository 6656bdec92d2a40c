"""Host names that no name server has to be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from sip.pjsua.names import LocalNames, system_nameservers


def test_the_name_servers_of_the_machine(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# made by hand\nsearch example\nnameserver 192.0.2.53\nnameserver fe80::1\nnameserver 192.0.2.54\n"
    )
    assert system_nameservers(file) == ("192.0.2.53", "192.0.2.54")
    assert system_nameservers(tmp_path / "missing") == ()


@pytest.mark.parametrize(
    ("address", "localised"),
    [
        ("pbx", "192.0.2.7"),
        ("PBX.office:5080", "192.0.2.7:5080"),
        ("sip:1001@pbx:5080;transport=tcp", "sip:1001@192.0.2.7:5080;transport=tcp"),
        ("localhost:5060", "127.0.0.1:5060"),
        ("sip.carrier.example", "sip.carrier.example"),
        ("192.0.2.9:5060", "192.0.2.9:5060"),
        ("", ""),
    ],
)
def test_names_of_etc_hosts_become_numbers(tmp_path: Path, address: str, localised: str) -> None:
    file = tmp_path / "hosts"
    file.write_text("::1 localhost\n192.0.2.7 pbx pbx.office # the PBX\n\n")
    assert LocalNames(file).localised(address) == localised
