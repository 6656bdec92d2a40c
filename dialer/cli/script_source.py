"""A script's file with the pictures that lie beside it."""

from __future__ import annotations

import base64
from pathlib import Path

from campaigns.script import LARGEST_PICTURE, Script
from dialer.documents import BadDocument, Problem
from dialer.errors import Invalid
from dialer.planning.script_file import LARGEST_SCRIPT_FILE, as_text, parse_script


def whole(file: Path) -> str:
    """Its text, the pictures in it. Raises `BadDocument`, or `Invalid` for a picture that cannot be read."""
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise BadDocument(str(file), [Problem("", "", f"cannot be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        raise BadDocument(
            str(file), [Problem("", "", f"is not UTF-8 (byte {error.start}); save it as UTF-8")]
        ) from error
    if len(raw) > LARGEST_SCRIPT_FILE:
        raise BadDocument(str(file), [Problem("", "", f"is larger than {LARGEST_SCRIPT_FILE} bytes")])
    script = parse_script(text, name=str(file))
    return as_text(_with_pictures(script, file.parent)) if any(p.file for p in script.pictures) else text


def _with_pictures(script: Script, directory: Path) -> Script:
    pictures = []
    for picture in script.pictures:
        if not picture.file:
            pictures.append(picture)
            continue
        try:
            with (directory / picture.file).open("rb") as file:
                content = file.read(LARGEST_PICTURE + 1)
        except OSError as error:
            raise Invalid(
                f"picture {picture.name}: {picture.file} cannot be read: {error.strerror or error}", field="pictures"
            ) from error
        data = base64.encodebytes(content).decode("ascii")
        pictures.append(picture.model_copy(update={"file": "", "data": data}))
    return script.model_copy(update={"pictures": tuple(pictures)})
