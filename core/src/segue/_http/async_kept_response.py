"""The one response that an asynchronous run may hold open; see `_http/kept_response.py`."""

from __future__ import annotations

from segue._http.async_response import AsyncConnection
from segue._http.kept_response import AnyKept
from segue.flow import Call, Reply


class AsyncKept(AnyKept[AsyncConnection]):
    """For an asynchronous run. Close it at the end."""

    async def hold(self, call: Call, reply: Reply, connection: AsyncConnection) -> Reply:
        """As `keep`; making room for it may await."""
        return self.keep(call, reply, connection)

    async def aclose(self) -> None:
        """Close the held response."""
        if connection := self._closed():
            await connection.close()
