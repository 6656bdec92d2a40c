"""Rows by key, with indexes that follow every change and a memory of what the present transaction changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

K = TypeVar("K")
V = TypeVar("V")
G = TypeVar("G")
K_contra = TypeVar("K_contra", contravariant=True)
V_contra = TypeVar("V_contra", contravariant=True)


class Index(Protocol[K_contra, V_contra]):
    def changed(self, key: K_contra, old: V_contra | None, new: V_contra | None) -> None: ...


class Table(dict[K, V]):
    """Between `begin` and `keep` every change can be taken back; rows are values and never change themselves."""

    def __init__(self, *indexes: Index[K, V]) -> None:
        super().__init__()
        self._indexes = indexes
        self._before: list[tuple[K, V | None]] | None = None

    def __setitem__(self, key: K, row: V) -> None:
        self._changes(key, row)
        super().__setitem__(key, row)

    def __delitem__(self, key: K) -> None:
        if key in self:
            self._changes(key, None)
        super().__delitem__(key)

    def pop(self, key: K, *default: Any) -> Any:
        if key in self:
            self._changes(key, None)
        return super().pop(key, *default)

    def setdefault(self, key: K, row: V) -> V:
        if key not in self:
            self[key] = row
        return self[key]

    def begin(self) -> None:
        self._before = []

    def keep(self) -> None:
        self._before = None

    def take_back(self) -> None:
        changes, self._before = self._before or [], None
        for key, row in reversed(changes):
            if row is None:
                del self[key]
            else:
                self[key] = row

    def _changes(self, key: K, row: V | None) -> None:
        old = self.get(key)
        if self._before is not None:
            self._before.append((key, old))
        for index in self._indexes:
            index.changed(key, old, row)


class Grouped(Generic[K, V, G]):
    """Keys of the rows by what `groups` says of a row; in the order in which they came into the group."""

    def __init__(self, groups: Callable[[V], Iterable[G]]) -> None:
        self._groups = groups
        self._keys: dict[G, dict[K, None]] = {}

    def __getitem__(self, group: G) -> Collection[K]:
        return self._keys.get(group, {}).keys()

    def __iter__(self) -> Iterator[G]:
        return iter(self._keys)

    def __contains__(self, group: G) -> bool:
        return group in self._keys

    def changed(self, key: K, old: V | None, new: V | None) -> None:
        before = set(self._groups(old)) if old is not None else set()
        after = set(self._groups(new)) if new is not None else set()
        for group in before - after:
            keys = self._keys[group]
            del keys[key]
            if not keys:
                del self._keys[group]
        for group in after - before:
            self._keys.setdefault(group, {})[key] = None
