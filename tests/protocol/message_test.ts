import { assertEquals, assertInstanceOf, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { CommMsgType, CrossCommError, Message, type MessageDict } from "../../mod.ts";
import { readEnvelope } from "../../lib/protocol/envelope.ts";
import { messageOf } from "../../lib/protocol/message.ts";
import { frameWithContent } from "../support/frame.ts";

const dict: MessageDict = {
  msg_id: "a_1732250000123_0123abcd",
  from_client_id: "a",
  to_client_id: "all",
  msg_type: "text",
  content: "hello",
  timestamp: 1732250000.123,
  oss_key: null,
};

Deno.test("a message is made of the words of the wire, and turned into them again", () => {
  const cases: Partial<MessageDict>[] = [
    {},
    { msg_type: "json", content: '{"a": 1.0}' },
    { msg_type: "dict", content: { a: [1, { b: null }] } },
    { msg_type: "bytes", content: "APv/vw==" },
    { msg_type: "file", content: "/home/a/b.txt", oss_key: "cross_comm/a/1_00000000.txt" },
    { msg_type: "folder", content: "/home/a", oss_key: "cross_comm/a/1_00000000_folder/" },
  ];
  for (const changes of cases) {
    const whole = { ...dict, ...changes };
    assertEquals(Message.fromDict(whole).toDict(), whole);
  }
});

Deno.test("a message has the values of the wire under TypeScript's names", () => {
  const message = Message.fromDict({ ...dict, msg_type: "image", content: "p.png", oss_key: "k" });

  assertInstanceOf(message, Message);
  assertEquals(
    { ...message },
    {
      msgId: "a_1732250000123_0123abcd",
      fromClientId: "a",
      toClientId: "all",
      msgType: "image",
      content: "p.png",
      timestamp: 1732250000.123,
      ossKey: "k",
      downloadError: null,
    } as unknown as typeof message,
  );
});

Deno.test("the JSON of a dict has its numbers as they were sent, however large or exact, and NaN", () => {
  const json = '{ "big": 1180591620717411303424, "id": 9007199254740993, "one": 1.0, "n": NaN }';
  const frame = (content: string, type = "dict") =>
    JSON.stringify({ ...dict, msg_type: type, content: "*" }).replace('"*"', () => content);
  const asObject = messageOf(readEnvelope(frame(json)));
  const asString = messageOf(readEnvelope(frame(JSON.stringify(json))));
  assertEquals([asObject.dictJson, asString.dictJson], [json, json]);
  assertEquals(messageOf(readEnvelope(frame('"{}"', "text"))).dictJson, undefined);
  const bare = messageOf(readEnvelope(frame("1180591620717411303424", "json"))); // of a stranger: it should be a string
  assertEquals(bare.content, "1180591620717411303424");
});

Deno.test("a message of one's own making is ready for the wire", () => {
  const message = new Message({
    msgId: "1",
    fromClientId: "a",
    toClientId: "b",
    msgType: CommMsgType.BYTES,
    content: new Uint8Array([104, 105]),
    timestamp: 5,
  });
  assertEquals(message.toDict(), {
    ...{ msg_id: "1", from_client_id: "a", to_client_id: "b", msg_type: "bytes", content: "aGk=", timestamp: 5 },
    oss_key: null,
  });
  assertEquals(Message.fromDict(message.toDict()).content, message.content);
});

Deno.test("a dictionary without oss_key makes a message without one", () => {
  const { oss_key: _, ...without } = dict;
  assertEquals(Message.fromDict(without).ossKey, null);
});

Deno.test("a dictionary that is no message is refused with what is wrong", () => {
  const refusal = (wrong: unknown) => {
    const error = assertThrows(() => Message.fromDict(wrong as MessageDict), CrossCommError);
    assertEquals(error.code, "INVALID_FRAME");
    return error.message;
  };
  assertStringIncludes(refusal({ ...dict, msg_id: undefined }), "the key msg_id is missing");
  const circle: Record<string, unknown> = {};
  assertStringIncludes(refusal({ ...dict, content: Object.assign(circle, { circle }) }), "it cannot be JSON");
  assertStringIncludes(refusal({ ...dict, to_client_id: 5 }), "to_client_id is not a string");
  assertStringIncludes(refusal({ ...dict, msg_type: "video" }), 'the msg_type "video" is unknown');
  assertStringIncludes(refusal({ ...dict, msg_type: "heartbeat" }), "heartbeat is for the connection");
  assertStringIncludes(refusal({ ...dict, msg_type: "dict", content: [] }), "is not an object");
  assertStringIncludes(refusal(null), "it is not a JSON object");
});

Deno.test("what Python's SDK writes is read", () => {
  const python =
    String.raw`{"msg_id": "0242ac110002_1a2b3c4d_1732250000123_9f8e7d6c", "from_client_id": "0242ac110002_1a2b3c4d", ` +
    String
      .raw`"to_client_id": "all", "msg_type": "dict", "content": {"name": "\u4f60\u597d \ud83d\ude00", "ok": true, ` +
    String.raw`"none": null, "x": NaN}, "timestamp": 1732250000.1234567, "oss_key": null}`;
  const message = messageOf(readEnvelope(python));

  assertEquals(message.content, { name: "你好 😀", ok: true, none: null, x: NaN });
  assertEquals(message.timestamp, 1732250000.1234567);
});

Deno.test("what Java's SDK writes is read", () => {
  const java =
    String.raw`{"content":"{\"level\":3}","timestamp":1.732250000123E9,"msg_id":"j_1732250000123_00c0ffee",` +
    String.raw`"from_client_id":"j","to_client_id":"a","msg_type":"dict","oss_key":null}`;
  const message = messageOf(readEnvelope(java));

  assertEquals(message.content, { level: 3 });
  assertEquals(message.timestamp, 1732250000.123);
});

Deno.test("what Swift's SDK writes is read", () => {
  const swift =
    String.raw`{"msg_id":"s_1732250000123_00c0ffee","timestamp":1732250000.123,"content":"\/var\/a b.png",` +
    String.raw`"msg_type":"image","from_client_id":"s","to_client_id":"all"}`;
  const message = messageOf(readEnvelope(swift));

  assertEquals(message.content, "/var/a b.png");
  assertEquals(message.ossKey, null);
});

Deno.test("the types of messages are what stands on the wire", () => {
  assertEquals(CommMsgType, {
    ...{ TEXT: "text", JSON: "json", DICT: "dict", BYTES: "bytes", IMAGE: "image", FILE: "file", FOLDER: "folder" },
  });
});

Deno.test("an error has a code, a sentence and the error beneath", () => {
  const cause = new TypeError("beneath");
  const error = new CrossCommError("TIMEOUT", "too late", { cause });

  assertInstanceOf(error, Error);
  assertEquals([error.name, error.code, error.message, error.cause], ["CrossCommError", "TIMEOUT", "too late", cause]);
  assertMatch(String(error), /^CrossCommError: too late/);
});

Deno.test("a dict that is nested too deeply to be read, as with a NaN of Python's, is refused", () => {
  const text = frameWithContent(`{"nan": NaN, "deep": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`, {
    msg_type: "dict",
  });
  const error = assertThrows(() => messageOf(readEnvelope(text)), CrossCommError, "nested too deeply");
  assertEquals(error.code, "INVALID_FRAME");
});
