import { assert, assertEquals, assertRejects } from "@std/assert";
import { CrossCommError } from "../../client.ts";
import { frame, type FrameFields } from "./frame.ts";
import { OurHub, ourTalker } from "./our_peer.ts";
import { PythonPeer, pythonTalker } from "./python_peer.ts";
import type { Received } from "./talker.ts";

/** The largest frame that Python's `websockets` takes. */
const MIB = 1024 * 1024;
const isEnd = ({ content }: Received) => content === "end";

let count = 0;

/** A text frame of exactly that many bytes. */
function frameOfSize(bytes: number, fields: FrameFields, filler = "x"): string {
  const encoder = new TextEncoder();
  const msg_id = `large_${100 + count++}`;
  const room = bytes - encoder.encode(frame({ ...fields, timestamp: 1.5, msg_id, content: "" })).length;
  const size = encoder.encode(filler).length;
  const content = filler.repeat(Math.floor(room / size)) + "x".repeat(room % size);
  const text = frame({ ...fields, timestamp: 1.5, msg_id, content });
  assertEquals(encoder.encode(text).length, bytes);
  return text;
}

Deno.test("our hub holds back from Python what would end its connection, and from nobody else", async () => {
  await using hub = await OurHub.start();
  await using alice = await pythonTalker(hub.port, "alice");
  await using python = await pythonTalker(hub.port, "python");
  await using ours = await ourTalker(hub.port, "ours");

  const all = { from_client_id: "alice" };
  for (const filler of ["x", "中", "🎉"]) {
    await alice.raw(frameOfSize(MIB, all, filler));
    const content = (await ours.received("text")).content as string;
    assert(content.startsWith(filler));
    assertEquals((await python.received("text")).content, content, "exactly 1 MiB is not too large");

    await alice.raw(frameOfSize(MIB + 1, all, filler));
    await alice.raw(frameOfSize(MIB + 1, { ...all, to_client_id: "python" }, filler));
    await alice.raw(frameOfSize(3 * MIB, all, filler));
    await alice.send("end", "text");
    assertEquals((await python.receivedUpTo(isEnd)).length, 1);
    assertEquals((await ours.receivedUpTo(isEnd)).map(({ content }) => (content as string).length > 1000), [
      true,
      true,
      false,
    ]);
  }
  assertEquals(await python.isConnected(), { flag: true, open: true });
  assertEquals(await alice.isConnected(), { flag: true, open: true });
});

Deno.test("our clients send each other more than 1 MiB through our hub, and a Python client does not mind", async () => {
  await using hub = await OurHub.start();
  await using alice = await ourTalker(hub.port, "alice");
  await using bob = await ourTalker(hub.port, "bob");
  await using python = await pythonTalker(hub.port, "python");

  const bytes = new Uint8Array(5 * MIB).fill(7);
  await alice.send(bytes, "bytes", "all");
  assertEquals((await bob.received("bytes")).content, bytes);
  await alice.send("end", "text");
  assertEquals((await python.receivedUpTo(isEnd)).length, 1);
});

Deno.test("our client does not send a Python hub what would end its own connection", async () => {
  await using hub = await PythonPeer.start({ role: "server" });
  await using alice = await ourTalker(hub.port, "alice");
  await using bob = await pythonTalker(hub.port, "bob");

  for (const content of ["x".repeat(MIB), "中".repeat(MIB / 3), "x".repeat(10 * MIB)]) {
    const error = await assertRejects(() => alice.send(content, "text", "bob"), CrossCommError);
    assertEquals(error.code, "MESSAGE_TOO_LARGE");
  }
  await alice.send("end", "text", "bob");
  assertEquals((await bob.receivedUpTo(isEnd)).length, 1);
});

Deno.test("our client does not send a Python hub what that would blow up beyond what Python clients take", async (t) => {
  await using hub = await PythonPeer.start({ role: "server" });
  await using alice = await ourTalker(hub.port, "alice");
  await using bob = await pythonTalker(hub.port, "bob");

  // The Python hub writes each message anew, `中` as `\u4e2d` and `[1,2]` as `[1, 2]`: a frame that is small enough on
  // its way to the hub can be too large on its way to the receiver.
  const growing: Record<string, [content: unknown, msgType: string]> = {
    "Chinese": ["中".repeat(300_000), "text"],
    "emoji": ["🎉".repeat(150_000), "text"],
    "a list of digits": [{ list: new Array(400_000).fill(1) }, "dict"],
  };
  for (const [name, [content, msgType]] of Object.entries(growing)) {
    await t.step({
      name,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        const error = await assertRejects(() => alice.send(content, msgType, "bob"), CrossCommError);
        assertEquals(error.code, "MESSAGE_TOO_LARGE");
        assertEquals(await bob.isConnected(), { flag: true, open: true });
      },
    });
  }
});
