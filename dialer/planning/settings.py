"""Settings as planners write them, checked against what the site has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from campaigns.changes import FIXED, UnknownSetting, merged
from dialer.documents import BadDocument, problems_of
from dialer.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)


def changed(present: Model, changes: Mapping[str, Any], unset: Iterable[str], *, name: str) -> Model:
    """The present values with the changes in them, checked as a whole file would be. `name` is shown in refusals.

    Raises `BadDocument` for wrong values and `Invalid` for names nobody knows.
    """
    if changes.get(FIXED, getattr(present, FIXED)) != getattr(present, FIXED):
        raise Invalid(f"{name} keeps its code; clone it under another one instead", field=FIXED)
    try:
        document = merged(present, changes, unset)
    except UnknownSetting as error:
        raise Invalid(str(error), field=error.field) from error
    return checked(document, type(present), name=name)


def checked(document: Mapping[str, Any], model: type[Model], *, name: str) -> Model:
    try:
        return model.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        raise BadDocument(name, problems_of(error, model)) from error


def known(field: str, wanted: Sequence[str], there: Iterable[str]) -> None:
    """Raises `Invalid` naming the first that this site does not know."""
    names = sorted(there)
    for index, name in enumerate(wanted):
        if name not in names:
            choice = ", ".join(names) or "none is set up yet"
            raise Invalid(f"{field}[{index}] is '{name}', which this site does not know; known: {choice}", field=field)
