import fc from "fast-check";
import { type Edit, edits, mutate } from "./mutator.ts";

/** What a stranger does on a connection. */
export interface Visit {
  bytes: Uint8Array;
  /** Whether it becomes a WebSocket first; the bytes are then frames. */
  isWebSocket: boolean;
  /** Whether the hub has to end the connection. */
  mustEnd: boolean;
  then: "leaves" | "reads" | "ends its side";
}

const encoder = new TextEncoder();
const LONG = "x".repeat(100_000);

const METHODS = [
  ...["GET", "GET", "GET", "GET", "GET", "GET", "POST", "PUT", "PUT", "DELETE", "HEAD"],
  ...["OPTIONS", "CONNECT", "TRACE", "PRI", "get", "", "G\0T", LONG],
];
const TARGETS = [
  ...[
    "/",
    "/healthz",
    "/cross-comm/",
    "/cross-comm/a",
    "/cross-comm/?list-type=2",
    "/healthz",
    "/cross-comm/a?uploads",
  ],
  ...[
    "/",
    "/",
    "/healthz",
    "*",
    "http://x/",
    "http://[::1",
    "http://x",
    "//x/y",
    "/%",
    "/%00",
    "/%ff%fe",
    "/../../etc/passwd",
  ],
  ...[
    "/cross-comm/a?uploads",
    "/cross-comm?delete",
    "/?prefix=%E0%A4%A",
    `/${LONG}`,
    "/a b",
    "/a\rb",
    "/\0",
    "",
    "x",
    "/?\u00e9",
  ],
];
const VERSIONS = [
  ...Array<string>(20).fill("HTTP/1.1"),
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/2.0",
  "HTTP/0.9",
  "HTTP/1.1 x",
  "HTTX/1.1",
  "",
];
const HEADERS = [
  ...[
    "Host: hub",
    "Host: hub",
    "Host: hub",
    "Host: a b%%",
    "Host:",
    "Host: cross-comm.hub",
    `Host: ${LONG}`,
    "Host: \u00e9",
  ],
  ...["Content-Length: 5", "Content-Length: 0", "Content-Length: -1", "Content-Length: +5", "Content-Length: 5, 6"],
  ...["Content-Length: 99999999999999999999", "Content-Length: 0x5", "Content-Length : 5", "Content-Length: 1e1"],
  ...[
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: \vchunked",
  ],
  ...["Transfer-Encoding: chunked, chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding : chunked"],
  ...["Connection: close", "Connection: keep-alive", "Connection: Upgrade", "Connection: Upgrade, HTTP2-Settings"],
  ...[
    "Upgrade: websocket",
    "Upgrade: websocket",
    "Upgrade: h2c",
    "Upgrade:",
    "Upgrade: WebSocket, h2c",
    "HTTP2-Settings: AAEAAEAA",
  ],
  ...["Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 99", "Sec-WebSocket-Version: x"],
  ...["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: short", "Sec-WebSocket-Key:"],
  ...[
    "Sec-WebSocket-Extensions: permessage-deflate",
    'Sec-WebSocket-Extensions: a; b="',
    "Sec-WebSocket-Protocol: a,,b",
  ],
  ...[
    "Origin: http://elsewhere",
    "Origin: null",
    "Origin: \u00e9",
    "Expect: 100-continue",
    "Expect: x",
    "TE: trailers",
  ],
  ...[
    "Authorization: Basic ////",
    "Authorization: Bearer",
    "Authorization: OSS a:b",
    "Authorization: OSS4-HMAC-SHA256 x=,",
  ],
  ...[
    "Range: bytes=-1-2",
    "Date: now",
    "x-oss-date: 1",
    "Content-MD5: x",
    `X: ${LONG}`,
    "no colon",
    ": no name",
    " folded: x",
  ],
  ...["X: a\0b", "X\0: a", "__proto__: x", "X: a\rb", "constructor: x", Array(2000).fill("X: y").join("\r\n")],
];
const BODIES = [
  ...[
    "",
    "",
    "",
    "12345",
    "0\r\n\r\n",
    "5\r\n12345\r\n0\r\n\r\n",
    "5\r\n123",
    "zz\r\n",
    "ffffffffffffffffff\r\nx",
    "-1\r\n",
    "5;x=y\r\n",
  ],
  ...[
    "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n",
    "\0\0\0\0",
    LONG,
  ],
  ..."GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n".repeat(50).match(/[^]+/)!,
  ...["<Delete><Object><Key>a</Key></Object></Delete>", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "<".repeat(50_000)],
];
const ENDS = ["\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r"];

const requests = fc.record({
  method: fc.constantFrom(...METHODS),
  target: fc.constantFrom(...TARGETS),
  version: fc.constantFrom(...VERSIONS),
  headers: fc.oneof(
    fc.array(fc.constantFrom(...HEADERS), { maxLength: 3 }).map((headers) => ["Host: hub", ...headers]),
    fc.array(fc.constantFrom(...HEADERS), { maxLength: 8 }),
  ),
  end: fc.constantFrom(...ENDS),
  body: fc.constantFrom(...BODIES),
}).map(({ method, target, version, headers, end, body }) =>
  encoder.encode(`${[`${method} ${target} ${version}`, ...headers].join(end)}${end}${end}${body}`)
);

/** Handshakes that would be good but for one or two headers, and what follows on one. */
const handshakes = fc.array(fc.constantFrom(...HEADERS), { maxLength: 2 }).map((headers) =>
  encoder.encode(`${HANDSHAKE.trimEnd()}\r\n${headers.join("\r\n")}\r\n\r\n`)
);

/** A handshake that is good. */
export const HANDSHAKE = "GET / HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

interface FrameParts {
  first: number;
  payload: Uint8Array;
  /** What the head says of the length. */
  says?: bigint;
  isMasked?: boolean;
}

/** A WebSocket frame. The mask is one that changes nothing. */
function frame({ first, payload, says = BigInt(payload.length), isMasked = true }: FrameParts): Uint8Array {
  const mask = isMasked ? 0x80 : 0;
  const short = says < 126n ? [Number(says) | mask] : undefined;
  const length = short ??
    (says < 65536n
      ? [126 | mask, Number(says >> 8n), Number(says & 0xffn)]
      : [127 | mask, ...Array.from({ length: 8 }, (_, index) => Number(says >> BigInt(56 - 8 * index) & 0xffn))]);
  return new Uint8Array([first, ...length, ...isMasked ? [0, 0, 0, 0] : [], ...payload]);
}

const bytes = (length: number) => new Uint8Array(length).fill(0x78);

/** Frames at which RFC 6455 has the hub end the connection. */
const BREACHES = [
  frame({ first: 0x81, payload: bytes(5), isMasked: false }),
  ...[0xc1, 0xa1, 0x91, 0xf1, 0xc9, 0xc8].map((first) => frame({ first, payload: bytes(5) })), // reserved bits
  ...[0x83, 0x87, 0x8b, 0x8f].map((first) => frame({ first, payload: bytes(5) })), // unknown opcodes
  ...[0x88, 0x89, 0x8a].map((first) => frame({ first, payload: bytes(126) })), // control frames that are too long
  ...[0x08, 0x09, 0x0a].map((first) => frame({ first, payload: bytes(2) })), // control frames in fragments
  frame({ first: 0x80, payload: bytes(5) }), // goes on with what never began
  new Uint8Array([...frame({ first: 0x01, payload: bytes(5) }), ...frame({ first: 0x81, payload: bytes(5) })]),
  frame({ first: 0x81, payload: bytes(0), says: 1n << 63n }),
  frame({ first: 0x81, payload: bytes(0), says: (1n << 53n) + 1n }),
  frame({ first: 0x82, payload: bytes(0), says: 64n * 1024n * 1024n + 1n }),
  ...[[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]].map((text) =>
    frame({ first: 0x81, payload: new Uint8Array(text) })
  ),
  ...[[3], [3, 0xe7], [0, 0], [3, 0xed], [0xff, 0xff], [3, 0xe8, 0xff]].map((close) =>
    frame({ first: 0x88, payload: new Uint8Array(close) })
  ),
  Uint8Array.from(
    Array(5000).fill([...frame({ first: 0x00, payload: bytes(1) })]).flat(),
    (byte, index) => index === 0 ? 0x01 : byte,
  ), // fragments without end
];

/** Frames that may be sent, however little sense they make. */
const ODDITIES = [
  frame({ first: 0x89, payload: bytes(125) }),
  frame({ first: 0x8a, payload: bytes(0) }),
  frame({ first: 0x01, payload: bytes(5) }),
  frame({ first: 0x82, payload: bytes(70_000) }),
  frame({ first: 0x81, payload: encoder.encode("{}") }),
  frame({ first: 0x81, payload: bytes(0), says: 1000n }),
  new Uint8Array([0x81]),
  Uint8Array.from(Array(200).fill([...frame({ first: 0x89, payload: bytes(10) })]).flat()),
];

const then = fc.constantFrom<Visit["then"][]>("leaves", "reads", "ends its side");

function changed(source: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(source, fc.oneof(fc.constant<Edit[]>([]), fc.array(edits, { maxLength: 2 })))
    .map(([bytes, edits]) => mutate(bytes, edits));
}

/** What strangers may do. */
export const visits: fc.Arbitrary<Visit> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      bytes: changed(requests),
      isWebSocket: fc.constant(false),
      mustEnd: fc.constant(false),
      then,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      bytes: changed(handshakes),
      isWebSocket: fc.constant(false),
      mustEnd: fc.constant(false),
      then,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      bytes: fc.constantFrom(...BREACHES),
      isWebSocket: fc.constant(true),
      mustEnd: fc.constant(true),
      then: fc.constant<Visit["then"]>("reads"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      bytes: changed(fc.constantFrom(...BREACHES, ...ODDITIES)),
      isWebSocket: fc.constant(true),
      mustEnd: fc.constant(false),
      then,
    }),
  },
);
