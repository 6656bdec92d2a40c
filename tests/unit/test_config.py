"""The settings file: everything wrong with it is said at once, by key, with what is allowed."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from campaigns.campaign import CampaignSettings
from dialer.config import Config
from dialer.config_file import load_config, write_sample
from dialer.documents import BadDocument, parse_document, read_document
from dialer.errors import AlreadyExists


def load(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Config:
    path = tmp_path / "goldenhour.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ or {})


def complaints(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> dict[str, str]:
    with pytest.raises(BadDocument) as refused:
        load(tmp_path, text, environ)
    return {problem.key: problem.message for problem in refused.value.problems}


def test_an_empty_file_is_a_complete_site(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    assert config.server.host == "127.0.0.1"
    assert config.data == tmp_path / "data"


def test_the_sample_loads_as_it_is_and_says_the_same_as_the_defaults(tmp_path: Path) -> None:
    write_sample(tmp_path / "site")
    assert load_config(tmp_path / "site" / "goldenhour.toml", {}) == load_config_of_nothing(tmp_path / "site")


def load_config_of_nothing(folder: Path) -> Config:
    (folder / "empty.toml").write_text("")
    return load_config(folder / "empty.toml", {})


def uncommented(sample: str) -> str:
    """The sample with every commented setting switched on; passwords and the database stay as they are."""
    settings: dict[tuple[str, str], str] = {}
    section = ""
    for line in (Path(__file__).parents[2] / "dialer" / sample).read_text(encoding="utf-8").splitlines():
        setting = re.match(r"^(?:# )?(\[.*|(?!url|password_file)[a-z_0-9]+ = .*)", line)
        if setting:
            section = setting[1] if setting[1].startswith("[") else section
            settings.setdefault((section, setting[1].split("=")[0]), setting[1])
    return "\n".join(settings.values())


def test_every_commented_setting_of_the_samples_is_valid_too(tmp_path: Path) -> None:
    config = load(tmp_path, uncommented("goldenhour.sample.toml"), {"GOLDENHOUR_TRUNK_CARRIER_PASSWORD": "x"})
    assert config.trunks[0].echo == "9196"
    campaign = parse_document(uncommented("campaign.sample.toml"), CampaignSettings, name="sample")
    assert campaign.windows
    assert campaign.retry


def test_every_problem_is_named_in_one_go(tmp_path: Path) -> None:
    found = complaints(
        tmp_path,
        """
        [site]
        nmae = "x"
        time_zone = "Mars"
        [server]
        port = "8642"
        [workers]
        leg_mode = "sometimes"
        [[trunks]]
        name = "carrier"
        address = "a b"
        calls_per_second = 0
        codecs = ["PCMA", "GSM"]
        [recordings]
        retention_days = 0
        [mqqt]
        host = "x"
        """,
    )
    assert found["site.nmae"] == "unknown key; did you mean 'name'?"
    assert found["mqqt"] == "unknown key; did you mean 'mqtt'?"
    assert "time zone name" in found["site.time_zone"]
    assert found["server.port"] == "must be a whole number, without quotation marks"
    assert "'on_connect', 'always_open' or 'auto'" in found["workers.leg_mode"]
    assert "HOST:PORT" in found["trunks[0].address"]
    assert "greater than 0" in found["trunks[0].calls_per_second"]
    assert "'PCMA', 'PCMU' or 'G722'" in found["trunks[0].codecs[1]"]
    assert "greater than or equal to 1" in found["recordings.retention_days"]
    assert len(found) == 9


def test_the_message_names_file_key_and_value(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=r'goldenhour\.toml: recordings\.format: must be one of .* \(it is "mp3"\)'):
        load(tmp_path, '[recordings]\nformat = "mp3"')


def test_nobody_else_may_connect_unless_that_was_asked_for(tmp_path: Path) -> None:
    assert "allow_remote" in complaints(tmp_path, '[server]\nhost = "0.0.0.0"')["server.host"]
    assert load(tmp_path, '[server]\nhost = "0.0.0.0"\nallow_remote = true').server.host == "0.0.0.0"


def test_workers_need_their_rtp_ports(tmp_path: Path) -> None:
    assert "200 RTP ports" in complaints(tmp_path, "[workers]\ncount = 64")["workers.rtp_port_to"]


TRUNK = '[[trunks]]\nname = "city-line"\naddress = "192.0.2.1"\nregister = true\nuser = "4001"\n'


def test_a_password_comes_from_the_file_its_own_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-file\n")
    assert load(tmp_path, TRUNK + 'password = "inline"').trunks[0].trunk().password == "inline"
    assert load(tmp_path, TRUNK + 'password_file = "secret"').trunks[0].password == "from-file"
    environ = {"GOLDENHOUR_TRUNK_CITY_LINE_PASSWORD": "from-environment"}
    assert load(tmp_path, TRUNK, environ).trunks[0].password == "from-environment"


def test_there_is_no_default_password(tmp_path: Path) -> None:
    assert "is required where register = true" in complaints(tmp_path, TRUNK)["trunks[0].password"]
    assert "cannot be read" in complaints(tmp_path, TRUNK + 'password_file = "no"')["trunks[0].password_file"]


def test_a_password_is_never_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadDocument) as refused:
        load(tmp_path, TRUNK + 'password = "hunter2"\npassword_file = "x"\nlines = 0')
    assert "hunter2" not in str(refused.value)
    with pytest.raises(BadDocument) as refused:
        load(tmp_path, "[mqtt]\npassword = 20262026")
    assert "20262026" not in str(refused.value)
    assert "hunter2" not in repr(load(tmp_path, TRUNK + 'password = "hunter2"'))


def test_a_pattern_is_told_in_words(tmp_path: Path) -> None:
    trunk = '[[trunks]]\nname = "City"\naddress = "192.0.2.1"\ncaller_id = "021 5000 1234"\n'
    found = complaints(tmp_path, trunk)
    assert found["trunks[0].name"] == "must be 1 to 32 small letters, digits, - and _"
    assert found["trunks[0].caller_id"] == 'must be a number with + and country code, such as "+862150001234"'


def test_two_trunks_of_one_name_are_refused(tmp_path: Path) -> None:
    trunk = '[[trunks]]\nname = "a"\naddress = "192.0.2.1"\n'
    assert "two trunks are called 'a'" in complaints(tmp_path, trunk + trunk)["trunks"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[site\n", "not valid TOML"),
        ("名称 = 'x'".encode("gb18030"), "not UTF-8"),
        (b"# " + b"x" * 1_000_001, "larger than"),
    ],
)
def test_a_file_that_is_no_settings_file_is_refused_by_name(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "goldenhour.toml"
    path.write_bytes(content)
    with pytest.raises(BadDocument, match=says) as refused:
        load_config(path, {})
    assert str(path) in str(refused.value)


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="No such file"):
        read_document(tmp_path / "none.toml", Config)


def test_init_writes_a_private_site_and_never_overwrites(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_sample(site)
    assert stat.S_IMODE((site / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((site / "goldenhour.toml").stat().st_mode) == 0o600
    (site / "goldenhour.toml").write_text("mine")
    with pytest.raises(AlreadyExists):
        write_sample(site)
    assert (site / "goldenhour.toml").read_text() == "mine"


def test_a_campaign_file_is_refused_by_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "spring.toml"
    path.write_text(
        'code = "spring"\nname = "x"\ntrunk = ["a"]\n[retry.BUSSY]\ndelays_s = [1]\n[[windows]]\ndays = ["mon"]\n'
    )
    with pytest.raises(BadDocument) as refused:
        read_document(path, CampaignSettings)
    found = {problem.key: problem.message for problem in refused.value.problems}
    assert found["trunk"] == "unknown key; did you mean 'trunks'?"
    assert "'BUSY'" in found["retry.BUSSY"]
    assert found["windows[0].from"] == "is required"
    assert all(line.startswith(str(path)) for line in str(refused.value).splitlines())
