"""The only module that imports vcrpy: it records the requests of a block, or replays a file.

vcrpy takes the place of what sends requests in httpx, with any event loop, and in `http.client`,
requests, urllib3 and aiohttp; so a vendor's own SDK is recorded, too. Here it neither writes files
nor decides what is matched: a tape takes scrubbed requests and responses, and the file is written
by `file.py`.
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
    """The requests and responses of a block, and the requests that had none."""

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
        """Record, or answer, every request of the block."""
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
        """Those that were not requested."""
        counts = self._cassette.play_counts
        return [one for at, one in enumerate(self.heard) if not counts[at]]

    def written(self) -> str:
        """All interactions as YAML."""
        pairs = copy.deepcopy(self._cassette.data)
        data = {"requests": [pair[0] for pair in pairs], "responses": [pair[1] for pair in pairs]}
        text: str = serialize.serialize(data, yamlserializer)
        return text

    def missed(self, sent: Any, why: str) -> CassetteError:  # noqa: ANN401 - vcrpy's request
        """Record that a request is not in the cassette, and return the error."""
        known = sum(one.method == sent.method and one.url == sent.uri for one in self.heard)
        error = OtherStory(
            f"{self.path} holds no answer to {sent.method} {hidden_query(sent.uri)}"
            + (f", of which it has {known}" * bool(known))
            + f"; nothing was sent. {why}",
            advice="record it again: SEGUE_RECORD=sandbox, or SEGUE_RECORD=live",
        )
        self.misses.append(error)
        return error

    def _request(self, sent: Any) -> Any:  # noqa: ANN401 - vcrpy's request
        headers = self._scrub.request_headers(dict(sent.headers))
        headers, body = even_form(headers, _bytes(sent.body))
        url = self._scrub.address(self._origin.vendors(sent.uri))
        return request.Request(sent.method, url, self._scrub.body(body) or None, headers)

    def _response(self, response: dict[str, Any]) -> dict[str, Any]:
        if not self.recording:
            return response
        plain = filters.decode_response(response)
        body: bytes = plain["body"]["string"] or b""
        clean = self._scrub.body(self._origin.rewritten(body))
        if plain["status"]["code"] == 200:
            clean = trimmed(clean)
        headers = self._scrub.reply_headers(plain["headers"])
        if "location" in headers:
            headers["location"] = [self._origin.vendors(value) for value in headers["location"]]
        if "content-length" in headers:
            headers["content-length"] = [str(len(clean))]
        return {"status": plain["status"], "headers": headers, "body": {"string": clean}}


class _Listening(cassette.Cassette):  # type: ignore[misc] # vcrpy has no types
    """vcrpy's cassette, which reports to its tape what it cannot answer."""

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

    def _difference(self, sent: Any) -> str:  # noqa: ANN401 - vcrpy's request
        """How it differs from the nearest requests, in vcrpy's words."""
        similar = self.find_requests_with_most_matches(sent)
        if not similar:
            return "No recorded request is similar"
        _, _, failed = similar[0]
        if not failed:
            return "All that match have been replayed"
        reasons = "; ".join(f"{name} ({(why or '').strip()})" for name, why in failed)
        return f"The nearest differs in {reasons}"


class _Blank:
    """An empty tape to record on; vcrpy writes nothing."""

    @staticmethod
    def load_cassette(_path: str, serializer: object) -> Any:  # noqa: ANN401, ARG004 - vcrpy's
        raise CassetteNotFoundError

    @staticmethod
    def save_cassette(_path: str, _content: object, serializer: object) -> None:
        """Do nothing: the file is written by `file.py`."""


class _File(_Blank):
    """A tape to replay: a file, which vcrpy does not change."""

    @staticmethod
    def load_cassette(_path: str, serializer: object) -> Any:  # noqa: ANN401 - vcrpy's
        try:
            return serialize.deserialize(Path(_path).read_text(encoding="utf-8"), serializer)
        except Exception as error:  # any failure means that it is no cassette
            raise CassetteError(f"{_path} cannot be read as a cassette: {error}") from error


def _heard(sent: Any, response: dict[str, Any]) -> Heard:  # noqa: ANN401 - vcrpy's request
    request = {"url": sent.uri, "headers": dict(sent.headers), "body": sent.body}
    return Heard(sent.method, sent.uri, response["status"]["code"], request, response)


def _bytes(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    read = getattr(body, "read", None)
    if read is not None:
        return bytes(read())
    return b"".join(body) if isinstance(body, Iterator) else b""
