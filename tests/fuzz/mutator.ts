import fc from "fast-check";
import vectors from "../../docs/vectors.json" with { type: "json" };

interface Step {
  sends?: readonly unknown[];
}

/** What a hostile peer does next: it sends a frame, having been cut off and having come back before where it says so. */
export interface Move {
  /** The lines to send. `$me` in them is the peer's own id. */
  said: string[];
  edits: Edit[];
  /** Whether the lines are items below a header, which is right but for what `seq` and `ack` add to its numbers. */
  asItems: boolean;
  seq: number;
  ack: number | null;
  comesBack: "no" | "resumes" | "resumes wrongly" | "as version 1" | "as version 2" | "as nobody" | "says";
}

/** One change to the bytes of a frame. */
export interface Edit {
  kind: "flip" | "cut" | "repeat" | "insert" | "replace" | "splice" | "value";
  at: number;
  length: number;
  piece: Uint8Array;
}

const encoder = new TextEncoder();

/** Where messages go: to those who must be served throughout, to the peer itself, to others of its kind, and nowhere. */
const ADDRESSEES = [
  "innocent ping",
  "innocent pong",
  "innocent python",
  "all",
  "all",
  "server",
  "$me",
  "evil 1",
  "nobody",
  "",
];
const TYPES = [
  ...["text", "text", "json", "dict", "bytes", "image", "file", "folder", "login", "logout", "heartbeat"],
  ...["list_clients", "login_response", "list_clients_response", "receipt", "telepathy", "__proto__"],
];

const LONG = "x".repeat(100_000);
const PIECES = [
  ...'{}[]:,"\\ \n\r\t\0\x7fé0-+.eEu/',
  ...['"', "null", "true", "[]", "{}", '""', "0", "-0", "1e999", "9".repeat(400), "0.1", "NaN", "-Infinity", "\u2028"],
  ...["\\ud800", "\\udc00\\ud800", "\\u0000", "\\x", '"__proto__":{"a":1},', '"msg_id":1,', '"content":1,', "\ufeff"],
  ...['{"seq":1}\n', '{"seq":9007199254740992}\n', '{"ack":-1}\n', '\n{"ping":true}', "\n\n\n\n\n\n\n\n"],
  ...["[".repeat(50_000), "]".repeat(100), '{"a":'.repeat(20_000), `${"[".repeat(5000)}${"]".repeat(5000)}`],
  ...[`"${LONG}"`, LONG, `"${"\\u0001".repeat(2000)}"`, " ".repeat(10_000), "\n".repeat(2_000)],
].map((text) => encoder.encode(text));
const BAD_UTF8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80], [
  0xef,
  0xbb,
  0xbf,
]];

/** One change to a frame. */
export const edits: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("flip", "cut", "repeat", "insert", "replace", "splice", "value"),
  at: fc.nat(),
  length: fc.nat({ max: 40 }),
  piece: fc.constantFrom(...PIECES, ...BAD_UTF8.map((bytes) => new Uint8Array(bytes))),
});

const spoken = vectors.dialogues.flatMap(({ steps }) => steps.flatMap(({ sends = [] }: Step) => sends));
const texts = [
  ...vectors.envelopes.map(({ text }) => text),
  ...vectors.frames.flatMap(({ text = "" }) => text),
  ...spoken.map((line) => typeof line === "string" ? line : JSON.stringify(line)),
].map((text) => text.replaceAll('"ann"', '"$me"').replaceAll('"bob"', '"innocent pong"'));

/** Envelopes that a hub has no reason to refuse, or only one. */
const envelopes = fc.record({
  msg_id: fc.oneof(fc.constantFrom("1", "2", ""), fc.string()),
  from_client_id: fc.constantFrom("$me", "$me", "$me", "$me", "$me", "$me", "$me", "innocent ping", "evil 1", "server"),
  to_client_id: fc.constantFrom(...ADDRESSEES),
  msg_type: fc.constantFrom(...TYPES),
  content: fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom<unknown>(
      ...vectors.logins.map(({ content }) => content),
      ...[{ only_show_online: false }, '{"only_show_online":true}', { frame_bytes: 1 }, [[[[]]]], null],
      ...[{ protocol: 2, limits: { frame_bytes: 1 } }, { limits: { frame_bytes: 1e308 } }],
    ),
    fc.jsonValue({ maxDepth: 2 }),
  ),
  timestamp: fc.constantFrom<unknown>(0, 1732250000.123, -1, "now"),
  oss_key: fc.constantFrom<unknown>(null, null, "cross_comm/a/1", "../../x", 7),
}).map((envelope) => JSON.stringify(envelope));

/** What a hostile peer may do. */
export const moves: fc.Arbitrary<Move> = fc.record({
  said: fc.array(fc.oneof(fc.constantFrom(...texts), envelopes, envelopes), { minLength: 1, maxLength: 3 }),
  edits: fc.oneof(fc.constant<Edit[]>([]), fc.array(edits, { maxLength: 3 })),
  asItems: fc.constantFrom(true, true, true, true, false),
  seq: fc.constantFrom(...Array<number>(30).fill(0), -1, -1000, 1, 1e6, 2 ** 53),
  ack: fc.constantFrom(...Array<number>(20).fill(0), ...Array<null>(10).fill(null), -1, -1000, 1, 2 ** 53),
  comesBack: fc.constantFrom(
    ...Array<"no">(60).fill("no"),
    ...["resumes", "resumes wrongly", "as version 1", "as version 2", "as nobody", "says"] as const,
  ),
});

/** The frame with its changes. */
export function mutate(frame: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return edits.reduce((bytes, { kind, at, length, piece }) => {
    const start = at % (bytes.length + 1);
    const end = Math.min(start + length, bytes.length);
    switch (kind) {
      case "flip": {
        const flipped = bytes.slice();
        if (start < flipped.length) flipped[start]! ^= 1 << (length % 8);
        return flipped;
      }
      case "cut":
        return length % 2 === 0 ? bytes.slice(0, start) : joined(bytes.subarray(0, start), bytes.subarray(end));
      case "repeat":
        return joined(bytes.subarray(0, end), bytes.subarray(start));
      case "insert":
        return joined(bytes.subarray(0, start), piece, bytes.subarray(start));
      case "replace":
        return joined(bytes.subarray(0, start), piece, bytes.subarray(end));
      case "splice":
        return joined(bytes.subarray(0, start), encoder.encode(texts[at % texts.length]!).subarray(length));
      case "value":
        return withValue(bytes, at, piece);
    }
  }, frame);
}

/** The frame with another value of one of its keys. */
function withValue(bytes: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  const colons = [...bytes.keys()].filter((index) => bytes[index] === 0x3a);
  const colon = colons[at % colons.length];
  if (colon === undefined) return bytes;
  const comma = bytes.indexOf(0x2c, colon);
  return joined(bytes.subarray(0, colon + 1), piece, bytes.subarray(comma < 0 ? bytes.length - 1 : comma));
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
