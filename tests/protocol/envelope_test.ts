import { assertEquals, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readEnvelope, readHead, writeEnvelope } from "../../lib/protocol/envelope.ts";
import { CrossCommError } from "../../lib/protocol/errors.ts";
import { frame } from "../support/frame.ts";

const values = {
  msg_id: '"py_1732250000123_0a1b2c3d"',
  from_client_id: '"py"',
  to_client_id: '"all"',
  msg_type: '"dict"',
  content: '{"a": [1, 2.0, "x"]}',
  timestamp: "1732250000.123",
  oss_key: "null",
};

/** The sentence that says what is wrong with a frame. */
function complaint(text: string): string {
  const error = assertThrows(() => readEnvelope(text), CrossCommError);
  assertEquals(error.code, "INVALID_FRAME");
  return error.message;
}

Deno.test("a frame is read whatever the order of its keys", () => {
  const names = Object.keys(values) as (keyof typeof values)[];
  for (const [shift] of names.entries()) {
    const order = [...names.slice(shift), ...names.slice(0, shift)];
    const envelope = readEnvelope(`{${order.map((name) => `"${name}":${values[name]}`).join()}}`);

    assertEquals(envelope.msgId, "py_1732250000123_0a1b2c3d");
    assertEquals(envelope.fromClientId, "py");
    assertEquals(envelope.toClientId, "all");
    assertEquals(envelope.msgType, "dict");
    assertEquals(envelope.parseContent(), { a: [1, 2, "x"] });
    assertEquals(envelope.timestamp, 1732250000.123);
    assertEquals(envelope.ossKey, null);
  }
});

Deno.test("a frame is read whatever the white space between its tokens", () => {
  const space = " \t\r\n ";
  const members = Object.entries(values).map(([name, value]) => `${space}"${name}"${space}:${space}${value}${space}`);
  const envelope = readEnvelope(`${space}{${members.join()}}${space}`);

  assertEquals(envelope.fromClientId, "py");
  assertEquals(envelope.parseContent(), { a: [1, 2, "x"] });
});

Deno.test("escapes in ids and key names are understood", () => {
  const text = frame({ content: 1 }).replace('"a"', String.raw`"\u0061\"\\\/\n\ud83d\ude00"`)
    .replace('"content"', String.raw`"c\u006fntent"`);
  const envelope = readEnvelope(text);

  assertEquals(envelope.fromClientId, 'a"\\/\n😀');
  assertEquals(envelope.parseContent(), 1);
  assertStrictEquals(envelope.item.text, text);
});

Deno.test("a frame of Swift, which leaves oss_key out, is read", () => {
  assertEquals(readEnvelope(frame({ oss_key: undefined })).ossKey, null);
});

Deno.test("a frame of a file has its object key", () => {
  const envelope = readEnvelope(frame({ msg_type: "file", oss_key: "cross_comm/a/1_00000000.txt" }));
  assertEquals(envelope.ossKey, "cross_comm/a/1_00000000.txt");
});

Deno.test("every number that JSON or Java can write is a timestamp", () => {
  for (
    const [written, meant] of [["1.732250000123E9", 1732250000.123], ["0", 0], ["-1.5e-3", -0.0015], [
      "1e400",
      Infinity,
    ]]
  ) {
    assertEquals(readEnvelope(frame({ timestamp: 77 }).replace("77", String(written))).timestamp, meant);
  }
  assertEquals(readEnvelope(frame({ timestamp: 77 }).replace("77", "NaN")).timestamp, NaN);
});

Deno.test("a key that is missing is named", () => {
  for (const key of ["msg_id", "from_client_id", "to_client_id", "msg_type", "content", "timestamp"]) {
    assertStringIncludes(complaint(frame({ [key]: undefined })), `the key ${key} is missing`);
  }
});

Deno.test("a key of the wrong type is named", () => {
  for (const key of ["msg_id", "from_client_id", "to_client_id", "msg_type", "oss_key"]) {
    for (const wrong of [5, true, {}, ["x"]]) {
      assertStringIncludes(complaint(frame({ [key]: wrong })), `${key} is not a string`);
    }
  }
  for (const wrong of ["1732250000", null, true, {}, []]) {
    assertStringIncludes(complaint(frame({ timestamp: wrong })), "timestamp is not a number");
  }
});

Deno.test("only oss_key may be null", () => {
  for (const key of ["msg_id", "from_client_id", "to_client_id", "msg_type"]) {
    assertStringIncludes(complaint(frame({ [key]: null })), `${key} is not a string`);
  }
  assertEquals(readEnvelope(frame({ oss_key: null, content: null })).parseContent(), null);
});

Deno.test("a message type that nobody knows is named", () => {
  for (const type of ["video", "TEXT", "", "receipts", "__proto__"]) {
    assertStringIncludes(complaint(frame({ msg_type: type })), `the msg_type ${JSON.stringify(type)} is unknown`);
  }
});

Deno.test("what is no object is said to be none", () => {
  for (const text of ["[]", '"text"', "5", "null", "true", "hello", `[${frame({})}]`]) {
    assertStringIncludes(complaint(text), "it is not a JSON object");
  }
  for (const text of ["", "  \n"]) assertStringIncludes(complaint(text), "it is empty");
  assertStringIncludes(complaint("{}"), "is missing");
});

Deno.test("a frame that is cut off anywhere is said to end too early", () => {
  const whole = frame({ content: { a: ["é\n😀", -1.5e3, { b: {} }, []] }, oss_key: "key" });
  readEnvelope(whole);
  for (let length = 1; length < whole.length; length++) {
    assertStringIncludes(complaint(whole.slice(0, length)), "the JSON ends too early");
  }
});

Deno.test("a word that is cut off is pointed at", () => {
  const whole = frame({ oss_key: null });
  assertStringIncludes(complaint(whole.slice(0, -2)), `unexpected "n" at position ${whole.length - 5}`);
});

Deno.test("what stands after the end of a frame is pointed at", () => {
  const whole = frame({});
  assertStringIncludes(complaint(`${whole}x`), `unexpected "x" at position ${whole.length}`);
  assertStringIncludes(complaint(`${whole} ${whole}`), `unexpected "{" at position ${whole.length + 1}`);
  assertStringIncludes(complaint(`${whole}}`), 'unexpected "}"');
});

Deno.test("what is not JSON is pointed at", () => {
  const content = (json: string) => frame({ content: 77 }).replace("77", () => json);
  const cases: [json: string, unexpected: string][] = [
    ['"line\nbreak"', String.raw`"\n"`],
    ['"nul\u0000"', String.raw`"\u0000"`],
    ['"tab\t"', String.raw`"\t"`],
    [String.raw`"\x41"`, '"x"'],
    [String.raw`"\u12G4"`, '"G"'],
    [String.raw`"\u12"`, String.raw`"\""`],
    [String.raw`"\u123"`, String.raw`"\""`],
    [String.raw`"\u123g"`, '"g"'],
    ["01", '"1"'],
    ["1.", '","'],
    [".5", '"."'],
    ["+1", '"+"'],
    ["1e", '","'],
    ["1e+", '","'],
    ["--1", '"-"'],
    ["0x10", '"x"'],
    ["-", '","'],
    ["[1,]", '"]"'],
    ["[1 2]", '"2"'],
    ["[1}", '"}"'],
    ["[,1]", '","'],
    ['{"a":1,}', '"}"'],
    ['{"a"}', '"}"'],
    ['{"a" 1}', '"1"'],
    ["{a:1}", '"a"'],
    ["{1:1}", '"1"'],
    ["'a'", `"'"`],
    ["nul", '"n"'],
    ["True", '"T"'],
    ["undefined", '"u"'],
    ["-NaN", '"N"'],
    ["\u00a01", '"\u00a0"'],
    ["\ufeff1", '"\ufeff"'],
    ["/**/1", '"/"'],
    ["😀", '"😀"'],
    ["", '","'],
  ];
  for (const [json, unexpected] of cases) {
    assertStringIncludes(complaint(content(json)), `unexpected ${unexpected} at position`, `content ${json}`);
  }
});

Deno.test("a frame that we write has the seven keys in Python's order and the time of now", () => {
  const before = Date.now() / 1000;
  const text = writeEnvelope({
    msgId: "m",
    fromClientId: 'quo"te',
    toClientId: "b\n",
    msgType: "text",
    contentJson: '"x"',
    ossKey: undefined,
  });
  const written = JSON.parse(text);

  assertEquals(
    Object.keys(written),
    ["msg_id", "from_client_id", "to_client_id", "msg_type", "content", "timestamp", "oss_key"],
  );
  assertEquals({ ...written, timestamp: 0 }, {
    msg_id: "m",
    from_client_id: 'quo"te',
    to_client_id: "b\n",
    msg_type: "text",
    content: "x",
    timestamp: 0,
    oss_key: null,
  });
  assertEquals(written.timestamp >= before && written.timestamp <= Date.now() / 1000, true);
  assertEquals(readEnvelope(text).toClientId, "b\n");
});

Deno.test("the head of a frame that has been read is the same, however the frame was written", () => {
  const frames = [
    writeEnvelope({ msgId: "m", fromClientId: "a", toClientId: "b", msgType: "text", contentJson: '"x"' }),
    writeEnvelope({ msgId: 'quo"te', fromClientId: "a\\", toClientId: "b\n", msgType: "dict", contentJson: "{}" }),
    '{"oss_key":null,"timestamp":1,"content":"{}","msg_type":"text","to_client_id":"b","from_client_id":"a","msg_id":"m"}',
    '{"msg_id":"1","msg_id":"2","from_client_id":"a","to_client_id":"b","msg_type":"text","content":"","timestamp":1,"oss_key":null}',
    '{"msg_id":"1","from_client_id":"a","to_client_id":"b","msg_type":"text","content":"","timestamp":1,"oss_key":null,"to_client_id":"c"}',
  ];
  for (const frame of frames) {
    const envelope = readEnvelope(frame);
    for (const key of ["msgId", "fromClientId", "toClientId", "msgType"] as const) {
      assertEquals(readHead(envelope.item)[key], envelope[key], `${key} of ${frame}`);
    }
  }
});
