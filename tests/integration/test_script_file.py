"""A script travels as one readable file and comes back the same, pictures and all."""

from __future__ import annotations

import base64
import struct
import tomllib
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.script import LARGEST_PICTURE, Picture, Script
from campaigns.script_checks import check
from campaigns.script_picture import kind_of
from dialer.documents import BadDocument
from dialer.errors import Invalid, NotFound
from dialer.pictures import PictureStore
from dialer.planning.script_file import as_text, parse_script
from tests.unit.campaigns.scripts import script

PACKAGE = Path(__file__).parents[2] / "dialer"
SAMPLES = ("script.sample.toml", "script-zh.sample.toml")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0"))
    + chunk(b"IEND", b"")
)
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00\xff\xd9"
WEBP = b"RIFF" + struct.pack("<I", 12) + b"WEBPVP8 \x00\x00\x00\x00"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_sound_and_come_back_the_same(name: str) -> None:
    text = (PACKAGE / name).read_text(encoding="utf-8")
    sample = parse_script(text, name=name)
    assert check(sample, ["identity", "recording"]) == ()
    assert parse_script(as_text(sample), name=name) == sample


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40)
CODES = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,8}\Z")
QUESTIONS = st.one_of(
    st.fixed_dictionaries(
        {"code": CODES, "ask": WORDS, "type": st.just("number"), "at_least": st.floats(-1e6, 1e6)},
        optional={"required": st.booleans(), "field": st.text("abc车", max_size=5)},
    ),
    st.fixed_dictionaries({"code": CODES, "ask": WORDS, "type": st.just("date"), "at_most": st.dates().map(str)}),
    st.fixed_dictionaries(
        {
            "code": CODES,
            "ask": WORDS,
            "type": st.just("one_of"),
            "options": st.lists(WORDS, min_size=1, max_size=3, unique=True),
        }
    ),
)
BRANCHES = st.one_of(
    st.fixed_dictionaries({"to": CODES, "choice": WORDS, "skips": st.booleans()}),
    st.fixed_dictionaries(
        {"to": CODES, "question": CODES, "equals": st.one_of(st.booleans(), WORDS, st.floats(-1e6, 1e6))}
    ),
    st.fixed_dictionaries({"to": CODES, "question": CODES, "at_least": st.floats(-1e6, 1e6)}),
)
NODES = st.fixed_dictionaries(
    {"node": CODES},
    optional={
        "say": WORDS, "tip": WORDS, "next": CODES, "books_next_call": st.booleans(),
        "must_say": st.lists(st.fixed_dictionaries({"code": CODES, "text": WORDS}), max_size=2),
        "questions": st.lists(QUESTIONS, max_size=2), "branches": st.lists(BRANCHES, max_size=2),
    },
)  # fmt: skip
FEATURES = st.fixed_dictionaries(
    {"feature": WORDS, "benefit": WORDS},
    optional={"competitors": st.dictionaries(WORDS, WORDS, max_size=2), "keywords": st.lists(WORDS, max_size=2)},
)
OBJECTIONS = st.fixed_dictionaries({"objection": WORDS, "answers": st.lists(WORDS, min_size=1, max_size=2)})
DOCUMENTS = st.fixed_dictionaries(
    {"name": CODES, "title": WORDS, "author": WORDS},
    optional={
        "opening": st.lists(NODES, max_size=2),
        "closing": st.lists(NODES, max_size=2),
        "fields": st.lists(WORDS, max_size=3),
        "features": st.lists(FEATURES, max_size=2),
        "description": WORDS,
        "objections": st.lists(OBJECTIONS, max_size=2),
    },
)


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_whatever_a_script_says_comes_back_from_its_file(document: dict[str, Any]) -> None:
    written = Script.model_validate(document)
    text = as_text(written)
    tomllib.loads(text)
    assert parse_script(text, name="x") == written


def test_several_lines_stay_readable() -> None:
    text = as_text(script(description='One\nTwo "three"\n'))
    assert 'description = """\\\n' in text or 'description = """One\nTwo ' in text


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ('name = "spring"', "title", "is required"),
        ('name = "Spring"\ntitle = "x"\nauthor = "x"', "name", "1 to 48 small letters"),
        (
            'name = "x"\ntitle = "x"\nauthor = "x"\n[[opening]]\nnode = "a"\nsays = "b"',
            "opening[0].says",
            "did you mean",
        ),
        ("name = ", "", "is not valid TOML"),
        ('name = "x\\u0000"', "", "NUL"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_key(text: str, field: str, says: str) -> None:
    with pytest.raises(BadDocument) as refused:
        parse_script(text, name="spring.toml")
    problem = refused.value.problems[0]
    assert (problem.key, says in str(refused.value)) == (field, True)
    assert str(refused.value).startswith("spring.toml: ")


@pytest.mark.parametrize(("content", "kind"), [(PNG, "png"), (JPEG, "jpeg"), (WEBP, "webp")])
def test_pictures_are_known_by_their_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind
    assert kind_of(content[:-9]) is None
    assert kind_of(b"GIF89a" + content) is None


def test_a_picture_is_kept_once_and_comes_back_in_the_file(tmp_path: Path) -> None:
    shelf = PictureStore(tmp_path / "pictures")
    data = base64.encodebytes(PNG).decode()
    first = shelf.keep(Picture(name="price", data=data))
    assert shelf.keep(Picture(name="other", data=data)).sha256 == first.sha256 == shelf.keep(first).sha256
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == [first.sha256]
    embedded = shelf.embedded(first)
    again = parse_script(as_text(script(pictures=[embedded])), name="x").pictures[0]
    assert shelf.keep(again) == first


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        ({"data": "????"}, "not base64"),
        ({"data": base64.b64encode(b"<svg/>").decode()}, "no PNG, JPEG or WebP"),
        ({"data": base64.b64encode(PNG + b"\0" * LARGEST_PICTURE).decode()}, "at most 1000000"),
        ({"file": "price.png"}, "is not in the script"),
    ],
)
def test_what_is_no_picture_is_not_kept(tmp_path: Path, picture: dict[str, str], says: str) -> None:
    shelf = PictureStore(tmp_path)
    with pytest.raises(Invalid, match=says):
        shelf.keep(Picture(name="price", **picture))
    with pytest.raises(NotFound):
        shelf.keep(Picture(name="price", sha256="0" * 64))
