import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { envelope } from "../../bench/framings/envelope.ts";
import type { Dialogue, Framing } from "../../bench/framings/framing.ts";
import { MQTT } from "../../bench/framings/mqtt.ts";
import { NATS } from "../../bench/framings/nats.ts";
import { SOCKET_IO } from "../../bench/framings/socket_io.ts";
import { VERSION_1 } from "../../bench/framings/version_1.ts";
import { VERSION_2 } from "../../bench/framings/version_2.ts";
import { frame, FrameReader, OPCODE } from "../../bench/load/frames.ts";

const accepted = (content: object) => envelope("server", "ann", "login_response", { status: "success", ...content });
const message = envelope("bob", "ann", "text", "hello");
const receipt = envelope("server", "ann", "receipt", { delivered: [[1, 1]] });

interface Conversation {
  framing: Framing;
  /** The payloads that let a client in. */
  login: (string | number[])[];
  /** The payloads of frames after that, and how many messages are in them. */
  frames: (string | number[])[];
  messages: number;
}

const conversations: Record<string, Conversation> = {
  "version 1": { framing: VERSION_1, login: [accepted({})], frames: [message, message], messages: 2 },
  "version 2": {
    framing: VERSION_2,
    login: [accepted({ protocol: 2 })],
    frames: [`{"seq":1}\n${message}\n${receipt}\n${message}`, '{"ack":3}', `{"seq":4}\n${message}`],
    messages: 3,
  },
  "Socket.IO": {
    framing: SOCKET_IO,
    login: ['0{"sid":"x"}', '40{"sid":"y"}'],
    frames: ['42["message",{"to":"ann"}]', "2", '42["message",{"to":"ann"}]'],
    messages: 2,
  },
  "NATS": {
    framing: NATS,
    login: ["INFO {}\r\n", "PONG\r\n"],
    frames: ["MSG all 1 5\r\nhello\r\nMSG all 1 12\r\nMSG a", " 1 0\r\n12", "\r\nPING\r\nMSG client.ann 2 0\r\n\r\n"],
    messages: 3,
  },
  "MQTT": {
    framing: MQTT,
    login: [[0x20, 3, 0, 0, 0], [0x90, 5, 0, 1, 0, 0, 0]],
    frames: [[0x30, 0x86, 0x01, ...Array(130).fill(0x30)], Array(4).fill(0x30), [0xd0, 0, 0x30, 2, 1, 1]],
    messages: 2,
  },
};

for (const [name, { framing, login, frames, messages }] of Object.entries(conversations)) {
  Deno.test(`a client of the benchmark counts the messages of ${name}, however they are cut`, async () => {
    const stream = frames.map((payload) => frame(OPCODE.text, bytesOf(payload), "hub")).flatMap((bytes) => [...bytes]);
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(stream.length)), async (cuts) => {
      const answers = login.map(bytesOf);
      const line = { write: () => Promise.resolve(), next: () => Promise.resolve(answers.shift()!) };
      const dialogue: Dialogue = await framing.logIn(line, "ann");
      const reader = new FrameReader({
        onFrame: () => {},
        hear: (bytes, from, to, ends) => dialogue.hear(bytes, from, to, ends),
      });
      reader.counts = true;
      let heard = 0;
      let from = 0;
      for (const cut of [...cuts.toSorted((a, b) => a - b), stream.length]) {
        heard += reader.push(Uint8Array.from(stream.slice(from, cut)));
        from = cut;
      }
      assertEquals(heard, messages);
    }));
  });
}

Deno.test("a client of the benchmark acknowledges in version 2 what it has heard, receipts too", async () => {
  const line = { write: () => Promise.resolve(), next: () => Promise.resolve(bytesOf(accepted({ protocol: 2 }))) };
  const dialogue = await VERSION_2.logIn(line, "ann");
  const payload = bytesOf(`{"seq":1}\n${message}\n${receipt}`);
  dialogue.hear(payload, 0, payload.length, true);
  assertEquals(dialogue.answer!(), frame(OPCODE.text, '{"ack":2}'));
  assertEquals(dialogue.answer!(), undefined);
  const burst = dialogue.burst("bob", 20, 3);
  assertEquals(headers(burst.take(2)), [{ seq: 1, ack: 2 }, 2]);
  assertEquals(headers(burst.take(3)), [{ seq: 3, ack: 2 }, 3]);
});

/** The header of a frame of lines, and how many items it has. */
function headers(bytes: Uint8Array): [unknown, number] {
  let lines: string[] = [];
  const reader = new FrameReader({
    onFrame: (_opcode, payload) => lines = new TextDecoder().decode(payload).split("\n"),
    hear: () => 0,
  });
  reader.push(unmasked(bytes));
  for (const line of lines.slice(1)) JSON.parse(line);
  return [JSON.parse(lines[0]!), lines.length - 1];
}

/** A hub's frame with the payload of a client's, of which the mask is zeros. */
function unmasked(bytes: Uint8Array): Uint8Array {
  const head = (bytes[1]! & 0x7f) === 126 ? 8 : 6;
  return frame(OPCODE.text, bytes.slice(head), "hub");
}

function bytesOf(payload: string | number[]): Uint8Array {
  return typeof payload === "string" ? new TextEncoder().encode(payload) : Uint8Array.from(payload);
}
