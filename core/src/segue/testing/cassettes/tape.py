"""The one room that knows vcrpy: it hears every request of a block, and answers from a file.

vcrpy takes the place of what sends requests in httpx, with any event loop, and in `http.client`,
requests, urllib3 and aiohttp; so a vendor's own SDK is heard, too. Here it neither writes files
nor decides what is matched: a tape is handed scrubbed requests and answers, and the file is
written by `file.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

try:
    from vcr import (  # type: ignore[import-untyped]  # vcrpy ships no types
        cassette,
        filters,
        matchers,
        record_mode,
        request,
        serialize,
    )
    from vcr.persisters.filesystem import (  # type: ignore[import-untyped]  # the same
        CassetteNotFoundError,
    )
    from vcr.serializers import (  # type: ignore[import-untyped]  # the same
        yamlserializer,
    )
except ImportError as error:
    raise ImportError("cassettes need vcrpy: pip install 'segue-core[testing]'") from error

from segue._data.redaction import hidden_query
from segue.testing.cassettes.audio import trimmed
from segue.testing.cassettes.errors import CassetteError, OtherStory
from segue.testing.cassettes.origin import Origin
from segue.testing.cassettes.scrub import Scrub, even_form

_MATCHED = ("method", "scheme", "host", "port", "path", "query", "body")


class Heard(NamedTuple):
    """One interaction: a request as it was recorded, and its answer as plain data."""

    method: str
    url: str
    status: int
    request: dict[str, Any]
    response: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {hidden_query(self.url)}"


class Tape:
    """What a block sends and is answered, and what it asked for in vain."""

    def __init__(self, path: Path, scrub: Scrub, origin: Origin, *, recording: bool) -> None:
        self.path = path
        self.recording = recording
        self.misses: list[CassetteError] = []
        self.shapes = scrub.shapes
        self._scrub = scrub
        self._origin = origin
        self._cassette: Any = None  # vcrpy has no types

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hear, or answer, every request of the block."""
        names = (getattr(matchers, name) for name in _MATCHED)
        with _Listening.use(
            tape=self,
            path=str(self.path),
            persister=_Blank if self.recording else _File,
            record_mode=record_mode.RecordMode.ALL
            if self.recording
            else record_mode.RecordMode.NONE,
            match_on=list(names),
            before_record_request=self._request,
            before_record_response=self._response,
        ) as self._cassette:
            yield

    @property
    def heard(self) -> list[Heard]:
        """Every interaction, in the order of the recording."""
        return [_heard(*pair) for pair in self._cassette.data]

    @property
    def unplayed(self) -> list[Heard]:
        """Those that nobody asked for."""
        counts = self._cassette.play_counts
        return [one for at, one in enumerate(self.heard) if not counts[at]]

    def written(self) -> str:
        """All interactions as YAML."""
        pairs = copy.deepcopy(self._cassette.data)
        told = {"requests": [pair[0] for pair in pairs], "responses": [pair[1] for pair in pairs]}
        text: str = serialize.serialize(told, yamlserializer)
        return text

    def missed(self, asked: Any, why: str) -> CassetteError:  # noqa: ANN401 - vcrpy's request
        """Note that a request is not in the cassette, and say so."""
        known = sum(one.method == asked.method and one.url == asked.uri for one in self.heard)
        error = OtherStory(
            f"{self.path} holds no answer to {asked.method} {hidden_query(asked.uri)}"
            + (f", of which it has {known}" * bool(known))
            + f"; nothing was sent. {why}",
            advice="record it anew: SEGUE_RECORD=sandbox, or SEGUE_RECORD=live",
        )
        self.misses.append(error)
        return error

    def _request(self, asked: Any) -> Any:  # noqa: ANN401 - vcrpy's request
        headers = self._scrub.request_headers(dict(asked.headers))
        headers, body = even_form(headers, _bytes(asked.body))
        url = self._scrub.address(self._origin.vendors(asked.uri))
        return request.Request(asked.method, url, self._scrub.body(body) or None, headers)

    def _response(self, response: dict[str, Any]) -> dict[str, Any]:
        if not self.recording:
            return response
        told = filters.decode_response(response)
        body: bytes = told["body"]["string"] or b""
        clean = self._scrub.body(self._origin.rewritten(body))
        if told["status"]["code"] == 200:
            clean = trimmed(clean)
        headers = self._scrub.reply_headers(told["headers"])
        if "location" in headers:
            headers["location"] = [self._origin.vendors(value) for value in headers["location"]]
        if "content-length" in headers:
            headers["content-length"] = [str(len(clean))]
        return {"status": told["status"], "headers": headers, "body": {"string": clean}}


class _Listening(cassette.Cassette):  # type: ignore[misc] # vcrpy has no types
    """vcrpy's cassette, which tells its tape what it cannot answer."""

    def __init__(self, *, tape: Tape, **options: Any) -> None:  # noqa: ANN401 - as vcrpy's
        super().__init__(**options)
        self._tape = tape

    def can_play_response_for(self, request: Any) -> bool:  # noqa: ANN401 - vcrpy's request
        if super().can_play_response_for(request):
            return True
        if self.write_protected:
            clean = self.filter_request(request)
            raise self._tape.missed(clean, self._difference(clean))
        return False

    def _difference(self, asked: Any) -> str:  # noqa: ANN401 - vcrpy's request
        """How it differs from the nearest requests, in vcrpy's words."""
        similar = self.find_requests_with_most_matches(asked)
        if not similar:
            return "It holds nothing like it"
        _, _, failed = similar[0]
        if not failed:
            return "All that match were played already"
        told = "; ".join(f"{name} ({(why or '').strip()})" for name, why in failed)
        return f"The nearest differs in {told}"


class _Blank:
    """A tape to record on: nothing is on it, and vcrpy writes nothing."""

    @staticmethod
    def load_cassette(_path: str, serializer: object) -> Any:  # noqa: ANN401, ARG004 - vcrpy's
        raise CassetteNotFoundError

    @staticmethod
    def save_cassette(_path: str, _content: object, serializer: object) -> None:
        """The file is written by who records."""


class _File(_Blank):
    """A tape to replay: a file, which vcrpy does not change."""

    @staticmethod
    def load_cassette(_path: str, serializer: object) -> Any:  # noqa: ANN401 - vcrpy's
        try:
            return serialize.deserialize(Path(_path).read_text(encoding="utf-8"), serializer)
        except Exception as error:  # whatever is wrong with the file, it is no cassette
            raise CassetteError(f"{_path} cannot be read as a cassette: {error}") from error


def _heard(asked: Any, response: dict[str, Any]) -> Heard:  # noqa: ANN401 - vcrpy's request
    told = {"url": asked.uri, "headers": dict(asked.headers), "body": asked.body}
    return Heard(asked.method, asked.uri, response["status"]["code"], told, response)


def _bytes(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    read = getattr(body, "read", None)
    if read is not None:
        return bytes(read())
    return b"".join(body) if isinstance(body, Iterator) else b""
