"""How each kind of answering party sounds: one function a kind, all choices drawn from the item's own generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from bench.amd.phrases import CHINESE, Phrase, phrases
from bench.amd.sounds import (
    Generator,
    cadence,
    fax_answer,
    fax_call,
    modem_answer,
    music,
    silence,
    special_information,
    tone,
)
from bench.amd.speech import RATE, Samples, Voice, spoken

LEAST_S: Final = 9.0
MOST_S: Final = 16.0
T = TypeVar("T")
GROWN_UPS: Final = {"train": ("m1", "f1", "m3", "f3", "m5", "m7"), "test": ("m2", "f2", "m4", "f4", "m6", "f5")}
CHILDREN: Final = {"train": ("f2", "f4"), "test": ("f1", "f3")}
OLD: Final = {"train": ("grandpa", "aunty"), "test": ("grandma", "croak")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """`sound` is what is heard from the answer on, `early` what was heard before it. `noisy`: never on a quiet line."""

    sound: Samples
    language: str
    text: str = ""
    early: Samples | None = None
    early_speech_s: float = 0.0
    rang_s: float
    noisy: bool = False
    beep_at_s: float | None = None
    greeting_ends_at_s: float | None = None


class Casting:
    """Draws phrases, voices and pauses for one item of one half."""

    def __init__(self, half: str, random: Generator) -> None:
        self.random = random
        self._half = half

    def phrase(self, chapter: str) -> Phrase:
        """A language first, so that those with many phrases are not heard more often; Chinese and English oftener."""
        mine = phrases(chapter, self._half)
        languages = [*sorted(mine), CHINESE, CHINESE, "en-us"]
        return self._one(mine[self._one(languages)])

    def hello_again(self, phrase: Phrase) -> Phrase:
        return self._one(phrases("hello", self._half).get(phrase.language) or [phrase])

    def _one(self, of: Sequence[T]) -> T:
        return of[int(self.random.integers(len(of)))]

    def grown_up(self) -> Voice:
        variant = self._one(GROWN_UPS[self._half])
        return Voice(variant, pitch=self._whole(30, 70), speed=self._whole(150, 200))

    def young_or_old(self) -> Voice:
        if self.random.random() < 0.5:
            return Voice(self._one(CHILDREN[self._half]), pitch=self._whole(82, 99), speed=self._whole(150, 215))
        return Voice(self._one(OLD[self._half]), pitch=self._whole(15, 45), speed=self._whole(95, 135))

    def _whole(self, least: int, below: int) -> int:
        return int(self.random.integers(least, below))

    def seconds(self, least: float, most: float) -> float:
        return float(self.random.uniform(least, most))

    def speech(self, phrase: Phrase, voice: Voice, pause: tuple[float, float] = (0.3, 0.9)) -> Samples:
        """All sentences, with drawn pauses between them."""
        parts: list[Samples] = []
        for number, sentence in enumerate(phrase.text.split("|")):
            if number:
                parts.append(silence(self.seconds(*pause)))
            parts.append(spoken(Phrase(phrase.language, sentence), voice))
        return np.concatenate(parts)


def hello(cast: Casting) -> Party:
    return _person(cast, cast.phrase("hello"), cast.grown_up(), cast.seconds(0.15, 0.9))


def name(cast: Casting) -> Party:
    return _person(cast, cast.phrase("name"), cast.grown_up(), cast.seconds(0.15, 0.9))


def reception(cast: Casting) -> Party:
    return _person(cast, cast.phrase("reception"), cast.grown_up(), cast.seconds(0.2, 0.8))


def in_noise(cast: Casting) -> Party:
    return _person(cast, cast.phrase("hello"), cast.grown_up(), cast.seconds(0.2, 1.0), noisy=True)


def late(cast: Casting) -> Party:
    return _person(cast, cast.phrase("hello"), cast.grown_up(), cast.seconds(1.0, 2.2))


def young_or_old(cast: Casting) -> Party:
    return _person(cast, cast.phrase("hello"), cast.young_or_old(), cast.seconds(0.3, 1.2))


def twice(cast: Casting) -> Party:
    """Says it again at once: nobody has answered yet."""
    phrase, voice = cast.phrase("hello"), cast.grown_up()
    again = np.concatenate([spoken(phrase, voice), silence(cast.seconds(0.35, 1.1)), spoken(phrase, voice)])
    return _conversation(cast, again, phrase, cast.seconds(0.2, 0.8))


def after_early_ringing(cast: Casting) -> Party:
    """The network's ringing tone comes as early media, and is cut off by the answer, sometimes a little after it."""
    party = hello(cast)
    ringing = cadence(425, on_s=1.0, off_s=4.0, seconds=11.0)
    tail = tone(425, cast.seconds(0.05, 0.25)) * 0.5 if cast.random.random() < 0.5 else silence(0)
    sound = np.concatenate([tail, party.sound])
    return Party(sound=sound, language=party.language, text=party.text, early=ringing * 0.5, rang_s=party.rang_s)


def _person(cast: Casting, phrase: Phrase, voice: Voice, first_s: float, *, noisy: bool = False) -> Party:
    return _conversation(cast, cast.speech(phrase, voice), phrase, first_s, voice=voice, noisy=noisy)


def _conversation(
    cast: Casting, opening: Samples, phrase: Phrase, first_s: float, *, voice: Voice | None = None, noisy: bool = False
) -> Party:
    """Speaks, waits, and asks again when nobody answers."""
    asks = spoken(cast.hello_again(phrase), voice or cast.grown_up())
    parts = [silence(first_s), opening]
    while sum(map(len, parts)) < LEAST_S * RATE:
        parts += [silence(cast.seconds(1.6, 3.0)), asks]
    rang_s = float(np.clip(cast.random.lognormal(np.log(8.0), 0.55), 2.0, 28.0))
    return Party(sound=np.concatenate(parts), language=phrase.language, text=phrase.text, rang_s=rang_s, noisy=noisy)


def voicemail(cast: Casting) -> Party:
    phrase = cast.phrase("voicemail")
    return _recorded(cast, cast.speech(phrase, cast.grown_up()), phrase)


def short_voicemail(cast: Casting) -> Party:
    phrase = cast.phrase("short_voicemail")
    return _recorded(cast, cast.speech(phrase, cast.grown_up()), phrase, always_beeps=True)


def voicemail_with_music(cast: Casting) -> Party:
    """Music before the greeting and, softly, under it."""
    phrase = cast.phrase("voicemail")
    speech, first_s = cast.speech(phrase, cast.grown_up()), cast.seconds(0.3, 1.5)
    together = np.concatenate([silence(first_s), speech])
    bed = music(len(together) / RATE, cast.random)[: len(together)]
    fade = np.where(np.arange(len(together)) < first_s * RATE, 0.5, 0.12)
    return _recorded(cast, together + bed * fade, phrase)


def _recorded(cast: Casting, speech: Samples, phrase: Phrase, *, always_beeps: bool = False) -> Party:
    first_s = cast.seconds(0.1, 1.1)
    sound, ends_at = np.concatenate([silence(first_s), speech]), first_s + len(speech) / RATE
    beep_at = None
    if always_beeps or cast.random.random() < 0.85:
        beep_at = ends_at + cast.seconds(0.2, 1.2)
        beep = tone(cast.seconds(425, 1400), cast.seconds(0.18, 0.9)) * cast.seconds(0.35, 0.9)
        sound = np.concatenate([sound, silence(beep_at - ends_at), beep])
        ends_at = beep_at + len(beep) / RATE
    forwarded_at_once = cast.random.random() < 0.25
    rang_s = (
        cast.seconds(0.0, 1.0)
        if forwarded_at_once
        else float(cast.random.choice([12, 15, 20, 25])) + cast.seconds(0, 1)
    )
    return Party(
        sound=_filled(sound, after_s=3.0), language=phrase.language, text=phrase.text, rang_s=rang_s, beep_at_s=beep_at,
        greeting_ends_at_s=ends_at,
    )  # fmt: skip


def announcement(cast: Casting) -> Party:
    """Said twice. Two in five begin before the network answers the call, and go straight on across the answer."""
    phrase = cast.phrase("announcement")
    once = cast.speech(phrase, cast.grown_up())
    sound = np.concatenate([silence(cast.seconds(0.0, 0.8)), once, silence(cast.seconds(0.8, 1.8)), once])
    if cast.random.random() >= 0.4:
        return _network(cast, sound, phrase.language, phrase.text)
    answered_at = round(len(sound) * cast.seconds(0.15, 0.35))
    return _network(cast, sound[answered_at:], phrase.language, phrase.text, sound[:answered_at])


def announcement_after_tones(cast: Casting) -> Party:
    phrase = cast.phrase("announcement")
    speech = cast.speech(phrase, cast.grown_up())
    sound = np.concatenate(
        [silence(cast.seconds(0.0, 0.6)), special_information() * 0.6, silence(cast.seconds(0.1, 0.5)), speech]
    )
    return _network(cast, sound, phrase.language, phrase.text)


def fax_or_modem(cast: Casting) -> Party:
    seconds = LEAST_S - 1
    kinds: tuple[Callable[[], Samples], ...] = (
        lambda: fax_answer(seconds),
        lambda: fax_call(seconds),
        lambda: modem_answer(seconds, cast.random),
    )
    sound = kinds[int(cast.random.integers(len(kinds)))]()
    return _network(cast, np.concatenate([silence(cast.seconds(0.2, 1.4)), sound]), "")


def network_tone(cast: Casting) -> Party:
    """The call is answered, and a busy, reorder or ringing tone goes on: a gateway that answers too early."""
    kinds = ((425.0, 0.35, 0.35), (425.0, 1.0, 4.0), (425.0, 0.25, 0.25), (450.0, 0.35, 0.35))
    hz, on_s, off_s = kinds[int(cast.random.integers(len(kinds)))]
    sound = cadence(hz, on_s=on_s, off_s=off_s, seconds=LEAST_S)
    return _network(cast, np.concatenate([silence(cast.seconds(0.0, 0.9)), sound]), "")


def nothing(cast: Casting) -> Party:
    return _network(cast, silence(LEAST_S), "")


def nothing_but_noise(cast: Casting) -> Party:
    party = nothing(cast)
    return Party(sound=party.sound, language="", rang_s=party.rang_s, noisy=True)


def _network(cast: Casting, sound: Samples, language: str, text: str = "", early: Samples | None = None) -> Party:
    spoken_s = 0.0 if early is None else len(early) / RATE
    return Party(
        sound=_filled(sound), language=language, text=text, rang_s=cast.seconds(0.0, 6.0), early=early,
        early_speech_s=spoken_s,
    )  # fmt: skip


def _filled(sound: Samples, after_s: float = 0.0) -> Samples:
    """Long enough for any detector to give up, short enough for the disk."""
    long_enough = np.concatenate([sound, silence(max(after_s, LEAST_S - len(sound) / RATE))])
    return long_enough[: round(MOST_S * RATE)]


PERSONS: Final[Mapping[str, tuple[Callable[[Casting], Party], int]]] = {
    "hello": (hello, 64),
    "young_or_old": (young_or_old, 28),
    "twice": (twice, 24),
    "in_noise": (in_noise, 24),
    "name": (name, 16),
    "late": (late, 16),
    "after_early_ringing": (after_early_ringing, 16),
    "reception": (reception, 12),
}
MACHINES: Final[Mapping[str, tuple[Callable[[Casting], Party], int]]] = {
    "voicemail": (voicemail, 40),
    "short_voicemail": (short_voicemail, 24),
    "voicemail_with_music": (voicemail_with_music, 20),
    "announcement": (announcement, 24),
    "announcement_after_tones": (announcement_after_tones, 24),
    "fax_or_modem": (fax_or_modem, 20),
    "network_tone": (network_tone, 20),
    "nothing": (nothing, 14),
    "nothing_but_noise": (nothing_but_noise, 14),
}
"""Kind: how it is made, and its share of 400 items: half are persons, most of them private ones who say hello."""
