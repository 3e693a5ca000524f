"""The HTTP clients that a driver opens: a few small pools in place of a large one.

httpx looks through all connections of a pool, for all requests that wait for one, whenever a
request comes or goes. With more requests than connections that costs more than the requests
themselves (measured: docs/performance.md). So a lane is a client with few connections, a request
takes the first lane with a free one, another lane is opened when none has, and a request waits in a
queue here when all are taken.

A request that may cost money has a new connection: the vendor may close a pooled one at that
moment, and then the outcome would be unknown. On a new connection a request is certainly unsent
until that is made. It costs one handshake for each paid job.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Generic, NamedTuple, TypeVar

import httpx

from segue._process.forks import left_to_parent, renewed_in_child


class Shape(NamedTuple):
    """The most lanes, the connections of each, and whether these are reused."""

    lanes: int
    width: int
    again: bool = True


SMALL = Shape(lanes=24, width=4)
"""For httpx's pools: in total about as many connections as one of its own."""
ONE = Shape(lanes=1, width=96)
"""For a pool whose cost does not grow with its size."""

C = TypeVar("C")


class Lane(Generic[C]):
    """One client, and the number of its connections in use."""

    __slots__ = ("client", "taken")

    def __init__(self, client: C) -> None:
        self.client = client
        self.taken = 0


class AnyLanes(Generic[C]):
    """The base of both kinds. `make` opens a client with the given limits and cookies;
    a caller's own client, `theirs`, is the only lane, with its own limits."""

    def __init__(
        self,
        make: Callable[[httpx.Limits, CookieJar], C],
        *,
        theirs: C | None = None,
        shape: Shape = SMALL,
        cookies: CookieJar | None = None,
    ) -> None:
        self._make = make
        self._shape = shape
        self._theirs = None if theirs is None else Lane(theirs)
        self._lanes: list[Lane[C]] = []
        self._cookies = CookieJar() if cookies is None else cookies

    def first(self) -> C:
        """The client that builds the requests; another may send them."""
        if self._theirs is not None:
            return self._theirs.client
        return (self._lanes[0] if self._lanes else self._opened()).client

    def _free(self) -> Lane[C] | None:
        if self._theirs is not None:
            return self._theirs
        for lane in self._lanes:
            if lane.taken < self._shape.width:
                return lane
        return self._opened() if len(self._lanes) < self._shape.lanes else None

    def _opened(self) -> Lane[C]:
        width, held = self._shape.width, self._shape.width if self._shape.again else 0
        limits = httpx.Limits(max_connections=width, max_keepalive_connections=held)
        lane = Lane(self._make(limits, self._cookies))
        self._lanes.append(lane)
        return lane

    def _emptied(self) -> list[C]:
        """Remove and return the clients that were opened here."""
        clients = [lane.client for lane in self._lanes]
        self._lanes.clear()
        return clients

    def _for_one_request(self) -> Shape | None:
        """The shape of the lanes for paid requests; None where these are those lanes, or are not
        ours."""
        if self._theirs is not None or not self._shape.again:
            return None
        return self._shape._replace(again=False)

    @property
    def own(self) -> bool:
        """Whether the clients were opened here."""
        return self._theirs is None


class Lanes(AnyLanes[httpx.Client]):
    """For threads."""

    def __init__(
        self,
        make: Callable[[httpx.Limits, CookieJar], httpx.Client],
        *,
        theirs: httpx.Client | None = None,
        shape: Shape = SMALL,
        cookies: CookieJar | None = None,
    ) -> None:
        super().__init__(make, theirs=theirs, shape=shape, cookies=cookies)
        self._paid = self._for_paid()
        self._changed = threading.Condition(threading.RLock())
        renewed_in_child(self)

    def _for_paid(self) -> Lanes | None:
        once = self._for_one_request()
        return once and Lanes(self._make, shape=once, cookies=self._cookies)

    def way(self, *, spends: bool) -> Lanes:
        """The lanes for a request that may cost money, or for any other."""
        return self._paid if spends and self._paid is not None else self

    def forked(self) -> None:
        """Open new connections; drop the parent's, and its waiting threads."""
        left_to_parent((self._emptied(), self._paid))
        self._changed = threading.Condition(threading.RLock())
        self._cookies = CookieJar()
        self._paid = self._for_paid()

    def first(self) -> httpx.Client:
        """The client that builds the requests; another may send them."""
        with self._changed:
            return super().first()

    def take(self, patience: float | None) -> Lane[httpx.Client]:
        """Acquire a connection slot; raise `PoolTimeout`."""
        with self._changed:
            lane = self._changed.wait_for(self._free, patience)
            if lane is None:
                raise httpx.PoolTimeout("all connections were busy")
            lane.taken += 1
            return lane

    def give_back(self, lane: Lane[httpx.Client]) -> None:
        """Release a connection slot."""
        with self._changed:
            lane.taken -= 1
            self._changed.notify()

    def close(self) -> None:
        """Close the clients that were opened here."""
        if self._paid is not None:
            self._paid.close()
        with self._changed:
            clients = self._emptied()
        for client in clients:
            client.close()
