"""Numbers that people write in a prompt: how long, how fast, in which key."""

from __future__ import annotations

import re
from collections.abc import Iterable

from segue_local.theory import Key, parse_key

_SMALL = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
    "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90,
    "half a": 0.5, "half an": 0.5,
}  # fmt: skip
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_NUMBER = r"(\d{1,6}(?:[.,]\d{1,3})?|" + "|".join(sorted(_SMALL, key=len, reverse=True)) + ")"
_UNIT = (
    r"(hours?|hrs?|h|minut[eio]s?|minuten|mins?|m|seconds?|secs?|s|sekunden?|"
    r"segundos?|secondes?|second[io])"
)
_SPAN = re.compile(rf"\b{_NUMBER}[\s-]*{_UNIT}\b(\s+and\s+a\s+half)?", re.IGNORECASE | re.ASCII)
_DECADE = re.compile(
    r"\b(?:the|early|mid|late)[\s-]+[2-9]0s\b|\b[5789]0s(?=[\s-]+(?!long\b|of\b|in\b|at\b)[a-z])",
    re.IGNORECASE | re.ASCII,
)
"""The eighties, and not eighty seconds: "the 60s", "80s pop"; "60s pop" is a minute of it."""
_COMPACT = re.compile(r"\b(\d{1,3})\s?m(?:in)?\s?(\d{1,2})\s?s(?:ec)?\b", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"(?<![\d:])(\d{1,3}):([0-5]\d)(?![\d:])", re.ASCII)
_BPM = re.compile(
    r"\b(\d{1,4}(?:\.\d{1,3})?)[\s-]*(?:bpm\b|beats?\s+(?:per|a)\s+minute)",
    re.IGNORECASE | re.ASCII,
)
_TEMPO = re.compile(
    r"\b(?:tempo|bpm)\s*(?:of|at|is|:|=)?\s*(\d{1,4}(?:\.\d{1,3})?)\b", re.IGNORECASE | re.ASCII
)
_LONE = re.compile(r"(?<=[,;])[ \t]*([6-9]\d|1\d\d)[ \t]*(?=[,;.]|$)", re.ASCII)
"""A number by itself, as in "trance in A minor, 138": a usual tempo."""
_COMPANIES = {
    2: "duos?|duets?|dúos?|duetto|duette?",
    3: "trios?|tríos?",
    4: "quartets?|quartette?|cuartetos?|quartetto|quintets?|ensembles?",
}
_WORD = re.compile(r"[^\W_]+")
_NOBODY_ELSE = (
    "nothing else|nobody else|no one else|no other instruments?|no accompaniment|no backing|"
    "without (?:any )?accompaniment|without (?:any )?other instruments?|unaccompanied|"
    "sonst nichts|ohne begleitung|unbegleitete?[rsn]?|rien d autre|sans accompagnement|"
    "nada más|sin acompañamiento|nient altro|senza accompagnamento|sem acompanhamento"
)
_ALONE_BEFORE = (
    "solo|solos|soli|only|just|nothing but|a lone|one lone|a single|purely|pure|nur|ausschließlich|"
    "uniquement|seulement|rien que|sólo|solamente|únicamente|soltanto|solamente|solista|apenas|"
    "somente|assolo|only with|just with"
)
_BETWEEN = (
    r"(?:(?:a|an|one|the|some|of|for|de|di|do|da|du|für|para|pour|per|eine?|einem|"
    r"un|una|une|il|la|le|el) )"
    r"{0,2}(?:(?!(?:little|bit|few|touch|hint|light|with|and|over|mit|avec|con)\b)\w+ ){0,2}?"
)
"""What may stand between: articles, and up to two words that describe the instrument."""
_ALONE_AFTER = (
    "only|alone|by (?:itself|themselves|himself|herself)|on (?:its|their) own|pur|allein|alleine|"
    "seule?s?|uniquement|sola|solamente|únicamente|soltanto|sozinh[oa]|a cap?pella|duos?|duets?|"
    "dúos?|duetto|duette?|trios?|tríos?|quartets?|quartette?|cuartetos?|quartetto|quintets?|"
    "ensembles?"
)
_SOLO_AFTER = "solo|solos|solista|soli"
_WITHIN = (
    "with|featuring|feat|plus|including|has|having|then|mit|avec|con|com|mais|around|under|over"
)
"""Words after which a solo is a part of a piece for more."""
_KEY = re.compile(
    r"(?<![\w#'’-])([A-G])[\s-]?(#|♯|b|♭|[\s-]?sharp\b|[\s-]?flat\b)?[\s-]*"
    r"(major|minor|maj|min|m|dorian|phrygian|lydian|mixolydian|moll|dur)(?![\w'’])",
    re.IGNORECASE,
)
_BARE_KEY = re.compile(
    r"\bin(?:\s+the\s+key\s+of)?\s+([B-G](?:#|♯|b|♭)?|A(?:#|♯|b|♭))(?![\w#♯♭'’-])"
)


def duration_in(text: str) -> float | None:
    """Seconds asked for in a text ("1:30", "20 seconds", "two minutes and a half"), or None."""
    for pattern in (_CLOCK, _COMPACT):
        if match := pattern.search(text):
            return float(int(match[1]) * 60 + int(match[2]))
    total = 0.0
    for match in _SPAN.finditer(_DECADE.sub(" ", text)):
        if not _is_article_slip(match):
            total += _seconds(match)
    return total or None


def bpm_in(text: str) -> float | None:
    """Quarter notes a minute asked for in a text ("90 bpm", "tempo 120", ", 120"), or None."""
    match = _BPM.search(text) or _TEMPO.search(text) or _LONE.search(text.strip())
    return float(match[1]) if match else None


def key_in(text: str) -> Key | None:
    """The key asked for in a text ("in D minor", "F#m", "in Bb"), or None."""
    match = next((found for found in _KEY.finditer(text) if not _is_article(found)), None)
    if match:
        letter, bend, mode = match.groups()
        if not (mode == "m" and not (letter.isupper() or bend)):
            return parse_key(f"{letter.upper()}{(bend or '').strip(' -').lower()} {mode.lower()}")
    match = _BARE_KEY.search(text)
    return parse_key(match[1]) if match else None


def alone_in(text: str, phrases: Iterable[str]) -> bool:
    """Whether those instruments are to play by themselves: "solo piano", "harp solo", "only a
    violin", "flute, nothing else". A solo within a band's piece ("with a guitar solo") is none.
    """
    plain = " ".join(_WORD.findall(text.casefold()))
    named = "|".join(re.escape(" ".join(_WORD.findall(phrase))) for phrase in phrases)
    if not named:
        return False
    found = rf"(?:{named})(?: (?:and |und |et |y |e |&)?(?:{named}))*"
    if re.search(rf"\b(?:{_NOBODY_ELSE})\b", plain):
        return True
    if re.search(rf"\b(?:{_ALONE_BEFORE}) {_BETWEEN}{found}\b", plain):
        return not re.search(rf"\b(?:{_WITHIN}) (?:\w+ ){{0,2}}solo {found}\b", plain)
    if re.search(rf"\b{found} (?:{_ALONE_AFTER})\b", plain):
        return True
    if re.search(rf"\b{found} (?:{_SOLO_AFTER})\b", plain):
        return not re.search(rf"\b(?:{_WITHIN}) (?:\w+ ){{0,3}}{found} (?:{_SOLO_AFTER})\b", plain)
    return False


def together_in(text: str) -> int:
    """How many are to play, of a duo, a trio or a larger company of one instrument; else 1."""
    for count, words in _COMPANIES.items():
        if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE):
            return count
    return 1


def joined_in(text: str, phrase: str) -> bool:
    """Whether a band comes in beside others: "epic music with choir"."""
    plain = " ".join(_WORD.findall(text.casefold()))
    band = re.escape(" ".join(_WORD.findall(phrase)))
    return bool(re.search(rf"\w (?:{_WITHIN}|and) (?:\w+ ){{0,2}}{band}\b", plain))


def _is_article(match: re.Match[str]) -> bool:
    """Whether the letter of a key is a word: "in a minor key", "a lydian piece"."""
    if match[1] != "a" or match[2]:
        return False
    before, after = match.string[: match.start()], match.string[match.end() :]
    named = re.search(r"\b(?:in|key|of)\s+$", before, re.IGNORECASE)
    plain = match[3].lower() in ("major", "minor", "m", "maj", "min", "moll", "dur")
    if re.match(r"[\s-]+(?:key|mode|scale|mood|tonality)\b", after, re.IGNORECASE):
        return True
    return not plain and not named and bool(re.match(r"\s+\w", after))


def _is_article_slip(match: re.Match[str]) -> bool:
    """Whether "a m" or "one s" was read as a length: a lone letter counts only after digits."""
    return len(match[2]) == 1 and not match[1][0].isdigit()


def _seconds(match: re.Match[str]) -> float:
    number = match[1].lower()
    value = _SMALL[number] if number in _SMALL else float(number.replace(",", "."))
    return (value + (0.5 if match[3] else 0.0)) * _UNITS[match[2][0].lower()]
