"""Opening a store: what is wrong with an address or a file is said in a sentence."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from dialer.db import errors
from dialer.db.errors import DatabaseReadOnly, explained
from dialer.db.store import open_store
from dialer.errors import Invalid, NotReachable, Refused


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://root@localhost/dialer", "sqlite://", "sqlite:///:memory:"])
async def test_an_address_that_cannot_be_right_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="sqlite:///PATH") as refusal:
        await open_store(url)
    assert refusal.value.field == "database.url"


async def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotReachable, match=r"missing/goldenhour\.db"):
        await open_store(f"sqlite:///{tmp_path}/missing/goldenhour.db")


async def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear customer, " * 200)
    with pytest.raises(Invalid, match=r"letter\.txt"):
        await open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("Dear customer")


async def test_a_silent_server_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(NotReachable) as refusal:
        await open_store(f"postgresql://dialer:secret@/goldenhour?host={tmp_path}")
    assert "No PostgreSQL server" in refusal.value.message
    assert "secret" not in refusal.value.message


def test_a_read_only_database_is_named(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "test.db").close()
    engine = create_engine(f"sqlite:///file:{tmp_path}/test.db?mode=ro&uri=true")
    with pytest.raises(DatabaseReadOnly, match="read-only"), explained("test.db"), engine.begin() as connection:
        connection.execute(text("CREATE TABLE calls (name TEXT)"))
    engine.dispose()


def test_every_refusal_has_a_code_and_names_the_database() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refused)]
    assert len({kind.code for kind in kinds}) == len(kinds)
