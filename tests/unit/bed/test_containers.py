"""The container files agree with the application's settings and with each other."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from dialer.config_file import load_config

DOCKER = Path(__file__).resolve().parents[3] / "docker"
PASSWORDS = {
    "GOLDENHOUR_DATABASE_PASSWORD": "d",
    "GOLDENHOUR_MQTT_PASSWORD": "m",
    "GOLDENHOUR_TRUNK_CARRIER_PASSWORD": "t",
}


def test_the_sites_settings_are_valid_with_the_passwords_of_the_environment() -> None:
    config = load_config(DOCKER / "goldenhour.toml", PASSWORDS)
    assert {trunk.name for trunk in config.trunks} == {"carrier", "pbx"}


def test_the_compose_file_hands_over_every_password_and_the_same_addresses() -> None:
    compose = (DOCKER / "compose.yaml").read_text()
    assert set(PASSWORDS) <= set(re.findall(r"GOLDENHOUR_\w+", compose))
    addresses = set(re.findall(r"172\.30\.64\.\d+", (DOCKER / "goldenhour.toml").read_text()))
    assert addresses <= set(re.findall(r"ipv4_address: (\S+)", compose))


def test_the_environment_has_every_variable_the_compose_file_asks_for(tmp_path: Path) -> None:
    script = tmp_path / "make-env.sh"
    script.write_bytes((DOCKER / "make-env.sh").read_bytes())
    subprocess.run(["sh", script], check=True, capture_output=True)
    written = dict(line.split("=") for line in (tmp_path / ".env").read_text().splitlines())
    assert set(re.findall(r"\$\{(\w+)", (DOCKER / "compose.yaml").read_text())) == set(written)
    assert len(set(written.values())) == len(written)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("missing", ["BED_TRUNK_PASSWORD", "BED_PHONE_PASSWORD"])
def test_the_bed_is_not_configured_without_passwords(missing: str, tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "BED_TRUNK_PASSWORD": "t", "BED_PHONE_PASSWORD": "p"}
    del environment[missing]
    script = DOCKER / "asterisk" / "configure.sh"
    done = subprocess.run(
        [script, tmp_path / "etc", tmp_path / "state"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert missing in done.stderr
    assert not (tmp_path / "etc").exists()


def test_every_application_of_the_dialplan_is_loaded() -> None:
    etc = DOCKER / "asterisk" / "etc"
    dialplan = "\n".join(
        line for line in (etc / "extensions.conf").read_text().splitlines() if not line.startswith(";")
    )
    modules = set(re.findall(r"^require=(\w+)\.so", (etc / "modules.conf").read_text(), re.MULTILINE))
    used = set(re.findall(r"\b([A-Z][A-Za-z]+)\(", dialplan))
    needs = {
        "AMD": "app_amd", "Dial": "app_dial", "Echo": "app_echo", "ExecIf": "app_exec", "Gosub": "app_stack",
        "Milliwatt": "app_milliwatt", "PJSIPHangup": "chan_pjsip", "Playback": "app_playback",
        "Playtones": "app_playtones", "Read": "app_read", "Return": "app_stack", "StopPlaytones": "app_playtones",
        "Log": "app_verbose", "SendDTMF": "app_senddtmf",
    }  # fmt: skip
    built_in = {"Answer", "Goto", "GotoIf", "Hangup", "Progress", "Ringing", "Set", "Wait"}
    functions = {
        "CDR": "func_cdr", "CHANNEL": "func_channel", "FILTER": "func_strings", "IF": "func_logic", "RAND": "func_rand",
        "STAT": "func_env", "STRFTIME": "func_strings",
    }  # fmt: skip
    assert used - built_in - set(functions) <= set(needs), "an application nobody said the module of"
    assert {needs[name] for name in used & set(needs)} <= modules
    assert {functions[name] for name in used & set(functions)} <= modules
