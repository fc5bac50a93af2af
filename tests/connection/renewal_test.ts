import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CrossCommClient, CrossCommError } from "../../client.ts";
import { fakeHub, likePython } from "../support/fake_hub.ts";

Deno.test("a hub that does not renew an access key is waited for ten seconds, and what else it is asked is not held up", async () => {
  let logins = 0;
  await using hub = fakeHub((frame, connection) => {
    if (frame.msg_type !== "login") return likePython(frame, connection);
    if (++logins > 1) return;
    const now = Date.now() / 1000;
    const storage = { bucket: "crosscomm", access_key_id: "a", access_key_secret: "b", expires: now + 30 };
    const content = { status: "success", limits: { frame_bytes: 1_000_000 }, storage };
    connection.send({ to_client_id: "ann", msg_type: "login_response", content, timestamp: now });
  });
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  await ann.login();
  const sending = assertRejects(
    () => ann.sendMessage(import.meta.filename!, "file", { toClientId: "bob" }),
    CrossCommError,
  );
  await hub.inbox.next(({ msg_type }) => msg_type === "login");
  await hub.inbox.next(({ msg_type }) => msg_type === "login"); // the one that asks for a new key
  assertEquals((await ann.listClients()).clients, []);
  await ann.sendMessage("hi", "text", { toClientId: "bob" });
  assertEquals((await hub.inbox.next(({ msg_type }) => msg_type === "text")).content, "hi");
  const error = await sending;
  assertEquals(error.code, "TIMEOUT");
  assertStringIncludes(error.message, "has not renewed the access key");
  assertEquals(logins, 2);
});

Deno.test("a key to the store that has ended after the logout is not waited for: NOT_CONNECTED", async () => {
  await using hub = fakeHub(({ msg_type }, { send }) => {
    if (msg_type !== "login") return;
    const storage = { bucket: "crosscomm", access_key_id: "a", access_key_secret: "b", expires: 0 };
    send({ to_client_id: "ann", msg_type: "login_response", content: { status: "success", storage } });
  });
  await using ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
  await ann.login();
  await ann.logout();
  const folder = await Deno.makeTempDir();
  const error = await assertRejects(() => ann.downloadFileManually("key", folder), CrossCommError);
  await Deno.remove(folder, { recursive: true });
  assertEquals(error.code, "NOT_CONNECTED");
});

for (const clock of [Date, performance]) {
  const name = clock === Date ? "the clock goes on" : "the clock is set back by as much as has passed";
  Deno.test(`a key to the store is renewed before its end, though ${name}`, async () => {
    let logins = 0;
    await using hub = fakeHub(({ msg_type }, { send }) => {
      if (msg_type !== "login" || ++logins > 2) return;
      const now = Date.now() / 1000;
      const storage = { bucket: "crosscomm", access_key_id: "a", access_key_secret: "b", expires: now + 3600 };
      send({
        to_client_id: "ann",
        msg_type: "login_response",
        content: { status: "success", storage },
        timestamp: now,
      });
    });
    const ann = new CrossCommClient({ port: hub.port, clientId: "ann" });
    await ann.login();
    const { now } = clock;
    clock.now = () => now.call(clock) + 3_550_000;
    const folder = await Deno.makeTempDir();
    const abort = new AbortController();
    const download = assertRejects(() => ann.downloadFileManually("key", folder, { signal: abort.signal }));
    await hub.inbox.next(({ msg_type }) => msg_type === "login");
    await hub.inbox.next(({ msg_type }) => msg_type === "login"); // the one that asks for a new key
    clock.now = now;
    abort.abort();
    await download;
    await ann.stop();
    await Deno.remove(folder, { recursive: true });
  });
}
