import { assertEquals } from "@std/assert";
import {
  type ClientInfo,
  decodeClientList,
  decodeListRequest,
  encodeClientList,
  encodeListRequest,
} from "../../lib/protocol/client_list.ts";

const clients: ClientInfo[] = [
  { clientId: "ann", status: "online", lastHeartbeat: 1732250000.5, loginTime: 1732249000.25 },
  { clientId: 'b"o\nb 😀', status: "offline", lastHeartbeat: 1732240000, loginTime: null },
];

Deno.test("a request is a string that holds JSON, as Python asks", () => {
  assertEquals(encodeListRequest(true), String.raw`"{\"only_show_online\":true}"`);
  assertEquals(decodeListRequest(JSON.parse(encodeListRequest(true))), true);
  assertEquals(decodeListRequest(JSON.parse(encodeListRequest(false))), false);
});

Deno.test("a request may be an object, and whatever asks for nothing asks for all", () => {
  assertEquals(decodeListRequest({ only_show_online: true }), true);
  for (const content of ["", "{", "garbage", "5", "null", "[]", {}, [], 5, null, true, { only_show_online: "yes" }]) {
    assertEquals(decodeListRequest(content), false, JSON.stringify(content));
  }
});

Deno.test("a list is a string that holds JSON in Python's words", () => {
  const json = encodeClientList({ clients, totalCount: 2, onlyShowOnline: false }, 1_000_000);
  assertEquals(JSON.parse(JSON.parse(json)), {
    clients: [
      { client_id: "ann", status: "online", last_heartbeat: 1732250000.5, login_time: 1732249000.25 },
      { client_id: 'b"o\nb 😀', status: "offline", last_heartbeat: 1732240000, login_time: null },
    ],
    total_count: 2,
    only_show_online: false,
  });
});

Deno.test("a list is read as it was written", () => {
  for (
    const list of [{ clients, totalCount: 2, onlyShowOnline: false }, {
      clients: [],
      totalCount: 0,
      onlyShowOnline: true,
    }]
  ) {
    assertEquals(decodeClientList(JSON.parse(encodeClientList(list, 1_000_000))), list);
  }
});

Deno.test("a list that is cut to a limit keeps within it, holds the first clients and tells how many there are", () => {
  const many = Array.from({ length: 10_000 }, (_, index) => ({ ...clients[1]!, clientId: `客户 "${index}"` }));
  for (const limit of [0, 1000, 50_000, 1_000_000]) {
    const json = encodeClientList({ clients: many, totalCount: many.length, onlyShowOnline: false }, limit);
    const list = decodeClientList(JSON.parse(json))!;

    assertEquals(list.totalCount, 10_000);
    assertEquals(list.clients, many.slice(0, list.clients.length));
    assertEquals(list.clients.length < 10_000, true);
    assertEquals(list.clients.length > limit / 1000, limit > 0, `${list.clients.length} for ${limit} bytes`);
    assertEquals(new TextEncoder().encode(json).length < limit + 100, true);
  }
});

Deno.test("what is no list is not taken for one", () => {
  for (const content of ["", "garbage", "{}", "[]", "5", null, 5, {}, { clients: "ann" }]) {
    assertEquals(decodeClientList(content), undefined, JSON.stringify(content));
  }
});

Deno.test("a list that lacks something is read as far as it goes", () => {
  assertEquals(decodeClientList('{"clients": [{"client_id": "ann"}]}'), {
    clients: [{ clientId: "ann", status: "offline", lastHeartbeat: 0, loginTime: null }],
    totalCount: 1,
    onlyShowOnline: false,
  });
});
