"""The pictures of scripts, each kept once under the hash of its content. Every method blocks."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path

from campaigns.script import LARGEST_PICTURE, Picture
from campaigns.script_picture import kind_of
from dialer.errors import Invalid, NotFound
from dialer.whole_file import write_whole


@dataclass(frozen=True, slots=True)
class PictureStore:
    directory: Path

    def keep(self, picture: Picture) -> Picture:
        """The same picture by its hash. Raises `Invalid` for what is no picture, or too large."""
        if picture.sha256:
            self.load(picture.sha256)
            return picture
        content = _content(picture)
        digest = hashlib.sha256(content).hexdigest()
        if not (path := self.directory / digest).exists():
            write_whole(path, content)
        return Picture(name=picture.name, title=picture.title, sha256=digest)

    def load(self, sha256: str) -> bytes:
        try:
            return (self.directory / sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"there is no picture {sha256[:12]} on this site", field="pictures") from error

    def embedded(self, picture: Picture) -> Picture:
        """As it travels in a file."""
        content = base64.encodebytes(self.load(picture.sha256)).decode("ascii")
        return Picture(name=picture.name, title=picture.title, data=content)


def _content(picture: Picture) -> bytes:
    if picture.file:
        raise Invalid(
            f"picture {picture.name}: {picture.file} is not in the script; `goldenhour script import` takes it along, "
            "over the API send it as data",
            field="pictures",
        )
    try:
        content = base64.b64decode("".join(picture.data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"picture {picture.name}: data is not base64", field="pictures") from error
    if len(content) > LARGEST_PICTURE:
        raise Invalid(
            f"picture {picture.name} has {len(content)} bytes; at most {LARGEST_PICTURE} are taken", field="pictures"
        )
    if kind_of(content) is None:
        raise Invalid(f"picture {picture.name} is no PNG, JPEG or WebP picture", field="pictures")
    return content
