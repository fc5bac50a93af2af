import { assertEquals, assertThrows } from "@std/assert";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { asLine, readHeader, splitLines, writeHeader } from "../../lib/protocol/lines.ts";

Deno.test("a header reads as it was written", () => {
  for (const header of [{ seq: 1 }, { ack: 0 }, { ping: true }, { seq: 2 ** 53 - 1, ack: 17, ping: true }] as const) {
    assertEquals(JSON.parse(writeHeader(header)), header);
    assertEquals(readHeader(writeHeader(header)), { seq: undefined, ack: undefined, ping: undefined, ...header });
  }
  assertEquals(writeHeader({}), "{}");
});

Deno.test("what a header does not need to say, and what nobody knows, is no mistake", () => {
  assertEquals(readHeader(' {"ack": 3, "weather": "fine", "ping": false} '), {
    seq: undefined,
    ack: 3,
    ping: undefined,
  });
});

Deno.test("what is no header is refused", () => {
  const seqs = [0, -1, 1.5, "1", null, 2 ** 53, true].map((seq) => JSON.stringify({ seq }));
  const acks = [-1, 1.5, "1", null, 2 ** 53].map((ack) => JSON.stringify({ ack }));
  const envelope = '{"msg_type":"text"}';
  for (const line of ["", "hello", "5", "null", "[]", '"{}"', "{", "NaN", '{"seq":1}x', envelope, ...seqs, ...acks]) {
    const error = assertThrows(() => readHeader(line), CrossCommError, "no header");
    assertEquals(error.code, "INVALID_FRAME", line);
  }
});

Deno.test("an envelope is one line, whatever stands between its tokens", () => {
  const envelope = '{\n  "content":\r\n"a\\nb"\n}';
  assertEquals(JSON.parse(asLine(envelope)), JSON.parse(envelope));
  assertEquals(splitLines(`{"seq":1}\n${asLine(envelope)}\n{}`).length, 3);
  assertEquals(asLine("{}"), "{}");
});
