import { assert, assertEquals, assertObjectMatch, assertThrows } from "@std/assert";
import { decodeBase64 } from "@std/encoding/base64";
import vectors from "../../docs/vectors.json" with { type: "json" };
import { readEnvelope } from "../../lib/protocol/envelope.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { asLine, readHeader, splitLines, writeHeader } from "../../lib/protocol/lines.ts";
import { frameLimitIn, refusalIn, sessionIn, storageIn } from "../../lib/protocol/login.ts";
import { readLoginOffer } from "../../lib/protocol/login_offer.ts";
import { decodeReceipts, encodeReceipts, ranges } from "../../lib/protocol/receipts.ts";
import { bareHub } from "../support/fake_transport.ts";
import { loginLines } from "../support/lines_peer.ts";
import { Dialogue } from "./dialogue.ts";

Deno.test("envelopes are read, and passed on, as the vectors say", () => {
  for (const { name, text, reads, passed_on } of vectors.envelopes) {
    if (reads === undefined) {
      assertEquals(assertThrows(() => readEnvelope(text), CrossCommError, undefined, name).code, "INVALID_FRAME");
      continue;
    }
    const { msgId, fromClientId, toClientId, msgType, timestamp, ossKey, item, ...envelope } = readEnvelope(text);
    assertObjectMatch({
      msg_id: msgId,
      from_client_id: fromClientId,
      to_client_id: toClientId,
      msg_type: msgType,
      timestamp,
      oss_key: ossKey,
      content: readEnvelope(text).parseContent(),
      ...envelope,
    }, reads);
    assertEquals(item.text, passed_on ?? text, name);
    assert(!asLine(item.text).includes("\n"));
  }
});

Deno.test("frames of lines are read as the vectors say, and what is written is read the same", () => {
  for (const { name, text, header, items, breach } of vectors.frames) {
    if (breach !== undefined || text === undefined) continue;
    const [first, ...rest] = splitLines(text);
    assertEquals(defined(readHeader(first!)), header as unknown, name);
    assertEquals(rest, items, name);
    assertEquals(defined(readHeader(writeHeader(readHeader(first!)))), header as unknown, name);
  }
});

Deno.test("a hub closes with 4102 at the frames that are a breach, and at no others", async () => {
  for (const { name, text, base64, header, breach } of vectors.frames) {
    if ((header?.seq ?? 1) > 1 || (header?.ack ?? 0) > 0) continue; // these follow on others
    await using test = await bareHub();
    const ann = loginLines(test, "ann");
    ann.sendRaw(text ?? decodeBase64(base64!));
    assertEquals(ann.transport.closed?.code, breach === undefined ? undefined : 4102, name);
  }
});

Deno.test("logins and answers mean what the vectors say", () => {
  for (const { name, content, means } of vectors.logins) {
    const { protocol, frameLimit, resume, token, presence } = readLoginOffer(content);
    const read = { protocol, frame_bytes: frameLimit, resume, token, presence: presence || undefined };
    assertEquals(defined(read), means as unknown, name);
  }
  for (const { name, content, means } of vectors.answers) {
    const [session, storage, refusal] = [sessionIn(content), storageIn(content), refusalIn(content)];
    const read = refusal !== undefined ? { refusal } : {
      protocol: session === undefined ? 1 : 2,
      frame_bytes: frameLimitIn(content),
      session: session?.id,
      resumed: session?.resumed,
      received: session?.received,
      storage: storage && {
        bucket: storage.bucket,
        access_key_id: storage.accessKeyId,
        access_key_secret: storage.accessKeySecret,
        expires: storage.expires,
      },
    };
    assertEquals(defined(read), means as unknown, name);
  }
});

Deno.test("receipts mean what the vectors say, and what is written is read the same", () => {
  for (const { name, content, means } of vectors.receipts) {
    const report = decodeReceipts(content);
    const read = defined({
      delivered: report.delivered?.flatMap(([first, last]) => numbers(first, last)),
      sent: report.sent?.flatMap(([first, last]) => numbers(first, last)),
      stored: report.stored?.flatMap(([first, last]) => numbers(first, last)),
      reached: report.reached && Object.fromEntries(report.reached),
      failed: report.failed && Object.fromEntries(report.failed.map(([number, code]) => [number, code])),
    });
    assertEquals(read, means as unknown, name);
    assertEquals(decodeReceipts(JSON.parse(encodeReceipts(report))), report, name);
    if (report.delivered) assertEquals(ranges(numbersOf(report.delivered)), report.delivered, name);
  }
});

for (const { name, steps } of vectors.dialogues) {
  Deno.test(`the hub keeps to the dialogue: ${name}`, async () => {
    await using test = await bareHub();
    const dialogue = new Dialogue(test.hub, vectors.defaults);
    for (const step of steps) await dialogue.go(step);
    dialogue.end();
  });
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function numbersOf(runs: [number, number][]): number[] {
  return runs.flatMap(([first, last]) => numbers(first, last));
}

function defined(value: object): unknown {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
