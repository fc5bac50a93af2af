"""Runs pywayne's own CrossCommService, unchanged, under the command of a test (see python_peer.ts).

Commands come in as JSON lines: {"id": 1, "command": "send", ...}. Answers and events go out as JSON lines:
{"id": 1, "result": ...} or {"id": 1, "error": "..."}; {"event": "message", ...}; {"event": "closed", ...}.
What JSON cannot carry travels marked, both ways: {"$bytes": base64}, {"$int": digits}, {"$float": text}.
"""

import os
import sys

# pywayne prints to standard output, which belongs to the test: keep that pipe, then let fd 1 be standard error.
reports = os.fdopen(os.dup(1), "w", encoding="ascii")
os.dup2(2, 1)

import asyncio
import base64
import json
import math
import threading

import websockets
from pywayne.cross_comm import CommMsgType, CrossCommService, Message
from websockets.protocol import State

JS_SAFE = 2**53 - 1


def pack(value):
    """What a JavaScript number or JSON would change is marked."""
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: pack(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [pack(item) for item in value]
    if isinstance(value, int) and abs(value) > JS_SAFE:
        return {"$int": str(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return value


def unpack(value):
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((mark, text),) = value.items()
        if mark == "$bytes":
            return base64.b64decode(text)
        if mark == "$int":
            return int(text)
        if mark == "$float":
            return float(text)
    return {key: unpack(item) for key, item in value.items()}


def report(line):
    # ASCII with escapes, so that lone surrogates and line separators survive the pipe.
    reports.write(json.dumps(line, allow_nan=False) + "\n")
    reports.flush()


class Peer:
    def __init__(self, options):
        self.tasks = set()
        self.download_directory = options["downloadDirectory"]
        self.service = CrossCommService(
            role=options["role"],
            ip=options["ip"],
            port=options["port"],
            client_id=options["clientId"],
            heartbeat_interval=options["heartbeatInterval"],
            heartbeat_timeout=options["heartbeatTimeout"],
        )
        self.listen("any", None)
        for msg_type in options["listeners"]:
            self.listen(msg_type, CommMsgType(msg_type))

    def listen(self, name, msg_type):
        @self.service.message_listener(msg_type=msg_type, download_directory=self.download_directory)
        async def on_message(message: Message):
            report({
                "event": "message",
                "listener": name,
                "msgId": message.msg_id,
                "msgType": message.msg_type.value,
                "fromClientId": message.from_client_id,
                "toClientId": message.to_client_id,
                "content": pack(message.content),
                "timestamp": pack(message.timestamp),
                "ossKey": message.oss_key,
                "pythonType": type(message.content).__name__,
                # The exact value, `1` against `1.0` included; only where it can differ from what JSON shows.
                "repr": repr(message.content) if isinstance(message.content, dict) else None,
            })

    def spawn(self, coroutine):
        # asyncio keeps only weak references to tasks.
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def report_end(self, websocket):
        await websocket.wait_closed()
        report({"event": "closed", "code": websocket.close_code, "reason": websocket.close_reason})

    # A client's commands

    async def login(self):
        done = await self.service.login()
        if done:
            self.spawn(self.report_end(self.service.websocket))
        return done

    async def connect(self):
        """What login() does, without its login frame and its heartbeats."""
        service = self.service
        service.websocket = await websockets.connect(f"ws://{service.ip}:{service.port}")
        service.is_connected = True
        self.spawn(service._client_handle_message())
        self.spawn(self.report_end(service.websocket))

    async def logout(self):
        await self.service.logout()

    async def send(self, content, msgType, toClientId):
        return await self.service.send_message(unpack(content), CommMsgType(msgType), to_client_id=toClientId)

    async def raw(self, frame):
        await self.service.websocket.send(frame)

    async def list_clients(self, onlyShowOnline, timeout):
        return pack(await self.service.list_clients(only_show_online=onlyShowOnline, timeout=timeout))

    async def stop_heartbeat(self):
        self.service.heartbeat_task.cancel()

    async def start_heartbeat(self):
        self.service.heartbeat_task = self.spawn(self.service._send_heartbeat())

    async def is_connected(self):
        """`flag` is what pywayne believes, `open` what a ping finds out."""
        websocket = self.service.websocket
        is_open = websocket is not None and websocket.state is State.OPEN
        if is_open:
            try:
                await asyncio.wait_for(await websocket.ping(), 10)
            except (websockets.exceptions.ConnectionClosed, asyncio.TimeoutError):
                is_open = False
        return {"flag": self.service.is_connected, "open": is_open}

    async def drop(self):
        """Ends the TCP connection without a close frame."""
        self.service.websocket.transport.abort()

    # A server's commands

    async def start(self):
        running = self.spawn(self.service.start_server())
        while self.service.server is None:
            if running.done():
                running.result()
            await asyncio.sleep(0.01)
        return {"port": self.service.server.sockets[0].getsockname()[1]}

    async def get_online_clients(self):
        return self.service.get_online_clients()

    # Both

    async def answer(self, request):
        request_id = request.pop("id")
        try:
            result = await getattr(self, request.pop("command"))(**request)
            report({"id": request_id, "result": result})
        except Exception as error:
            report({"id": request_id, "error": f"{type(error).__name__}: {error}"})


async def main():
    loop = asyncio.get_running_loop()
    commands = asyncio.Queue()

    def read_commands():
        for line in sys.stdin.buffer:
            loop.call_soon_threadsafe(commands.put_nowait, line)
        # The test is gone, however it ended: nothing of this process must stay behind.
        os._exit(0)

    peer = Peer(json.loads(sys.argv[1]))
    threading.Thread(target=read_commands, daemon=True).start()
    report({"event": "ready"})
    while True:
        peer.spawn(peer.answer(json.loads(await commands.get())))


asyncio.run(main())
