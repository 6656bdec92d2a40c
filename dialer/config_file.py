"""Where the settings come from: the file, the passwords beside it, and the commented sample a newcomer starts with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final, TypeVar

from dialer.config import FILE_NAME, Config, DatabaseSection, InboundSection, MqttSection, SiteSection, TrunkSection
from dialer.documents import BadDocument, Problem, read_document
from dialer.errors import AlreadyExists, Invalid

PREFIX: Final = "GOLDENHOUR_"
SAMPLES: Final = ("campaign.sample.toml", "requirement.sample.toml")
S = TypeVar("S", DatabaseSection, MqttSection, TrunkSection)


def load_config(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of `path`, paths made absolute and passwords filled in. Raises `BadDocument`."""
    config = read_document(path, Config)
    folder = path.resolve().parent
    reader = _PasswordReader(folder, environ)
    config = config.model_copy(
        update={
            "site": config.site.model_copy(update={"data": folder / config.site.data}),
            "database": reader.fill(config.database, "database", "DATABASE"),
            "inbound": _inbound(config.inbound, folder),
            "mqtt": _mqtt(reader, config.mqtt, folder),
            "trunks": tuple(
                reader.fill(trunk, f"trunks[{index}]", f"TRUNK_{trunk.name.upper().replace('-', '_')}")
                for index, trunk in enumerate(config.trunks)
            ),
        }
    )
    problems = reader.problems + _missing_passwords(config)
    if problems:
        raise BadDocument(str(path), problems)
    return config


def config_for(data: Path) -> Config:
    """Defaults for a data directory that is used without a settings file, such as a demo's."""
    return Config(site=SiteSection(data=data.resolve()))


def write_sample(directory: Path) -> list[Path]:
    """Commented samples and a private data directory. Refuses to overwrite; returns what was written."""
    files = {directory / FILE_NAME: "goldenhour.sample.toml"} | {directory / name: name for name in SAMPLES}
    existing = [path for path in files if path.exists()]
    if existing:
        raise AlreadyExists(
            f"{existing[0]} exists already and is left as it is; choose another directory", field="directory"
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        prepare_data_directory(directory / "data")
        for path, sample in files.items():
            _write_new(path, resources.files("dialer").joinpath(sample).read_bytes())
    except OSError as error:
        raise Invalid(f"cannot write into {directory}: {error.strerror or error}", field="directory") from error
    return [*files, directory / "data"]


def prepare_data_directory(data: Path) -> None:
    """The data directory and its parts, for the owner only."""
    for path in (data, *(data / part for part in ("run", "recordings", "recordings/raw", "imports", "log"))):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)


def _write_new(path: Path, content: bytes) -> None:
    """Mode 0600: passwords may be written into it later."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _mqtt(reader: _PasswordReader, mqtt: MqttSection, folder: Path) -> MqttSection:
    filled = reader.fill(mqtt, "mqtt", "MQTT")
    return filled.model_copy(update={"ca_file": folder / mqtt.ca_file}) if mqtt.ca_file else filled


def _inbound(inbound: InboundSection, folder: Path) -> InboundSection:
    found = folder / inbound.sorry_file if inbound.sorry_file else None
    return inbound.model_copy(update={"sorry_file": found})


def _missing_passwords(config: Config) -> list[Problem]:
    message = "is required where register = true: password, password_file or environment variable"
    return [
        Problem(f"trunks[{index}].password", "", message)
        for index, trunk in enumerate(config.trunks)
        if trunk.register_account and not trunk.password
    ]


class _PasswordReader:
    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ
        self.problems: list[Problem] = []

    def fill(self, section: S, key: str, variable: str) -> S:
        """The environment wins over the file."""
        password = self._environ.get(f"{PREFIX}{variable}_PASSWORD", section.password)
        if not password and section.password_file:
            password = self._read(self._folder / section.password_file, f"{key}.password_file")
        return section.model_copy(update={"password": password})

    def _read(self, path: Path, key: str) -> str:
        try:
            password = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            self.problems.append(Problem(key, f'"{path}"', f"cannot be read: {reason}"))
            return ""
        if not password:
            self.problems.append(Problem(key, f'"{path}"', "is empty"))
        return password
