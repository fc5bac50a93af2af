import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FrameReader } from "../../lib/gateway/frame_reader.ts";
import { clientFrame, joined } from "../support/client_frame.ts";

const FINAL = 0x80;
const LIMITS = { maxBytes: 1_000_000, maxFragments: 100 };

/** What a reader makes of these pieces. */
function read(pieces: Uint8Array[], limits = LIMITS) {
  const messages: Uint8Array[] = [];
  const controls: string[] = [];
  const reader = new FrameReader(limits, {
    onMessage: (bytes) => messages.push(bytes.slice()),
    onPing: (payload) => controls.push(`ping ${payload}`),
    onPong: () => controls.push("pong"),
    onClose: (payload) => controls.push(`close ${payload}`),
    onFault: (code) => controls.push(`fault ${code}`),
  });
  for (const piece of pieces) reader.read(piece.slice());
  return { messages, controls };
}

/** These bytes, cut after so many each, again and again. */
function cut(bytes: Uint8Array, lengths: number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, count = 0; at < bytes.length; count++) {
    const end = at + lengths[count % lengths.length]!;
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

Deno.test("messages come out whole, however they are masked, split into frames, and cut on their way", () => {
  const length = fc.oneof(
    { weight: 3, arbitrary: fc.nat(300) },
    fc.constantFrom(0, 125, 126, 65535, 65536, 300_000),
  );
  const mask = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  const message = fc.record({ lengths: fc.array(length, { minLength: 1, maxLength: 4 }), mask, pings: fc.boolean() });
  const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 50, max: 80_000 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), cuts, (sent, cuts) => {
      const frames: Uint8Array[] = [];
      const expected = sent.map(({ lengths, mask, pings }) => {
        const parts = lengths.map((length, part) => new Uint8Array(length).map((_, index) => index + part));
        parts.forEach((part, index) => {
          frames.push(clientFrame((index === 0 ? 0x2 : 0x0) | (index === parts.length - 1 ? FINAL : 0), part, mask));
          if (pings) frames.push(clientFrame(FINAL | 0x9, "?", mask));
        });
        return joined(parts);
      });
      const { messages, controls } = read(cut(joined(frames), cuts));
      assertEquals(messages.map(checksum), expected.map(checksum));
      const pings = sent.reduce((sum, { lengths, pings }) => sum + (pings ? lengths.length : 0), 0);
      assertEquals(controls, Array(pings).fill("ping 63"));
    }),
    { numRuns: 50 },
  );
});

/** Says of many bytes in few what they are. */
function checksum(bytes: Uint8Array): string {
  let sum = 0;
  for (const byte of bytes) sum = (sum * 31 + byte) % 0xffff_ffff;
  return `${bytes.length} bytes: ${sum}`;
}

const FAULTS: [string, number, ...Uint8Array[]][] = [
  ["a frame without a mask", 1002, Uint8Array.of(0x81, 2, 0x68, 0x69)],
  ["a bit of an extension", 1002, clientFrame(FINAL | 0x41, "hi")],
  ["an unknown opcode", 1002, clientFrame(FINAL | 0x3, "hi")],
  ["an unknown control opcode", 1002, clientFrame(FINAL | 0xb, "hi")],
  ["a ping in parts", 1002, clientFrame(0x9, "hi")],
  ["a ping of 126 bytes", 1002, clientFrame(FINAL | 0x9, "x".repeat(126))],
  ["a continuation of nothing", 1002, clientFrame(FINAL, "hi")],
  ["a message within a message", 1002, clientFrame(0x1, "hi"), clientFrame(FINAL | 0x1, "hi")],
  ["a close of one byte", 1002, clientFrame(FINAL | 0x8, "x")],
  ["a close with a code that none may send", 1002, clientFrame(FINAL | 0x8, Uint8Array.of(1005 >> 8, 1005 & 255))],
  ["a text that is not UTF-8", 1007, clientFrame(FINAL | 0x1, Uint8Array.of(0x68, 0xff))],
  ["a text cut within a character", 1007, clientFrame(0x1, "h"), clientFrame(FINAL, Uint8Array.of(0xe4, 0xbd))],
  ["a reason that is not UTF-8", 1007, clientFrame(FINAL | 0x8, Uint8Array.of(1000 >> 8, 1000 & 255, 0xff))],
  ["too many frames", 1008, clientFrame(0x1, "a"), clientFrame(0, "b"), clientFrame(0, "c"), clientFrame(0, "d")],
  ["a message that is too large", 1009, clientFrame(0x1, "x".repeat(600)), clientFrame(0, "x".repeat(401))],
  ["a length of 2^64", 1009, Uint8Array.of(0x81, 0xff, ...Array(8).fill(0xff))],
];

for (const [what, code, ...frames] of FAULTS) {
  Deno.test(`${what} ends the connection with ${code}, and nothing after it counts`, () => {
    const all = joined([...frames, clientFrame(FINAL | 0x1, "later")]);
    for (const lengths of [[1], [1000]]) {
      const found = read(cut(all, lengths), { maxBytes: 1000, maxFragments: 3 });
      assertEquals(found, { messages: [], controls: [`fault ${code}`] });
    }
  });
}

Deno.test("a text of several frames may be cut within a character, and a control frame is no part of a message", () => {
  const [first, ...rest] = new TextEncoder().encode("你好");
  const frames = [
    clientFrame(0x1, Uint8Array.of(first!)),
    clientFrame(FINAL | 0xa, ""),
    clientFrame(FINAL, new Uint8Array(rest)),
  ];
  const { messages, controls } = read(frames);
  assertEquals(messages.map((bytes) => new TextDecoder().decode(bytes)), ["你好"]);
  assertEquals(controls, ["pong"]);
});

Deno.test("a message may be exactly as large as the limit, with a ping besides", () => {
  const frames = [
    clientFrame(0x1, "x".repeat(600)),
    clientFrame(FINAL | 0x9, "?"),
    clientFrame(FINAL, "x".repeat(400)),
    clientFrame(FINAL | 0x8, ""),
  ];
  const { messages, controls } = read(frames, { maxBytes: 1000, maxFragments: 2 });
  assertEquals(messages.map(({ length }) => length), [1000]);
  assertEquals(controls, ["ping 63", "close "]);
});
