"""The deployed hub itself, as its documentation starts it."""

import asyncio
import sys

from pywayne.cross_comm import CrossCommService

service = CrossCommService(role="server", ip="127.0.0.1", port=int(sys.argv[1]))
asyncio.run(service.start_server())
