import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Command } from "../support/command.ts";
import { fileHub } from "../support/file_hub.ts";
import { inTime } from "../support/inbox.ts";
import { startHub } from "../support/start_hub.ts";
import { apart } from "./crosscomm.ts";

const main = new URL("../../mod.ts", import.meta.url).href;
const ignore = Deno.build.os !== "linux"; // whose `script` makes a terminal

/**
 * `crosscomm` on a terminal of so many columns, in the shell's place, which some shells' own end at Ctrl-C would hide.
 * `type` types on it, once or in parts.
 */
function onTerminal(args: string[], columns = 80, env: Record<string, string> = {}) {
  const crosscomm = [Deno.execPath(), "run", "-A", main, ...args].map((word) => `'${word}'`).join(" ");
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const keys = writable.getWriter();
  const terminal = new Command("script", ["-qec", `stty cols ${columns}; exec ${crosscomm}`, "/dev/null"], {
    cwd: apart,
    stdin: readable,
    env,
  });
  const type = async (text: string, isLast = true) => {
    await keys.write(new TextEncoder().encode(text));
    if (isLast) await keys.close();
  };
  return { terminal, type };
}

/** A conversation with the hub on a port of this machine, once it has begun. */
async function onTerminalWith(port: number, ...flags: string[]) {
  const { terminal, type } = onTerminal(["client", "--ip", "127.0.0.1", "--port", String(port), ...flags]);
  const seen = async (text: string) => {
    let shown = "";
    while (!shown.includes(text)) shown += await terminal.line();
    return shown;
  };
  await seen("You are");
  return { terminal, type, seen, [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose]() };
}

/** A conversation whose hub has gone. */
async function onTerminalAlone() {
  const hub = await startHub();
  const conversation = await onTerminalWith(hub.port);
  await hub[Symbol.asyncDispose]();
  await conversation.seen("Trying to come back");
  return conversation;
}

Deno.test({
  name: "Ctrl-C leaves a conversation at once, though a message waits for the hub to come back",
  ignore,
  async fn() {
    await using conversation = await onTerminalAlone();
    await conversation.type("is anybody there?\r\x03");
    assertEquals((await conversation.terminal.end()).code, 0);
  },
});

for (const [name, keys] of [["/quit", "/quit\r"], ["Ctrl-D", "\x04"]]) {
  Deno.test({
    name: `${name} leaves a conversation at once while the hub is away, and says what was not sent`,
    ignore,
    async fn() {
      await using conversation = await onTerminalAlone();
      await conversation.type(`is anybody there?\rhello?\r${keys}`);
      const { code, stdout } = await conversation.terminal.end();
      assertEquals(code, 0);
      assertStringIncludes(stdout, "is anybody there?: this message was not sent");
      assertStringIncludes(stdout, "hello?: this message was not sent");
    },
  });
}

for (const [name, keys] of [["/quit", "/quit\r"], ["Ctrl-D", "\x04"]] as const) {
  Deno.test({
    name: `${name} during an upload says what is waited for, and Ctrl-C then gives it up at once`,
    ignore,
    async fn() {
      await using hub = await fileHub();
      const path = await hub.file("a.txt", "hello");
      const gate = Promise.withResolvers<void>();
      const asked = Promise.withResolvers<void>();
      const store = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async () => {
        asked.resolve();
        await gate.promise;
        return new Response(null, { status: 503 });
      });
      const keyed = { OSS_BUCKET_NAME: "bucket", OSS_ACCESS_KEY_ID: "k", OSS_ACCESS_KEY_SECRET: "s" };
      const { terminal, type } = onTerminal(["client", "--ip", "127.0.0.1", "--port", String(hub.port)], 80, {
        OSS_ENDPOINT: `http://127.0.0.1:${store.addr.port}`,
        ...keyed,
      });
      await using _terminal = terminal;
      while (!(await terminal.line()).includes("You are"));
      await type(`/file ${path}\r`, false);
      await inTime(asked.promise, "the upload has begun");
      await type(keys, false);
      let line = "";
      while (!line.includes("Waiting for")) line = await terminal.line();
      assertStringIncludes(line, `Waiting for /file ${path} to be sent. Ctrl-C gives it up.`);
      await type("\x03");
      const { code, stdout } = await terminal.end();
      assertEquals(code, 0);
      assertStringIncludes(stdout, "this was given up");
      gate.resolve();
      await store.shutdown();
    },
  });
}

Deno.test({
  name: "Ctrl-C ends a client that waits for a hub to let it in, with status 130",
  ignore,
  async fn() {
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = String(silent.addr.port);
    const { terminal, type } = onTerminal(["client", "--ip", "127.0.0.1", "--port", port, "--timeout", "3600"]);
    await using _terminal = terminal;
    using _connection = await silent.accept();
    await type("\x03");
    const { code, stdout } = await terminal.end();
    assertEquals([code, stdout.includes("error")], [130, false]);
  },
});

Deno.test({
  name: "how far a transfer is stays in one row of a narrow terminal, and what follows begins a new one",
  ignore,
  async fn() {
    await using hub = await fileHub();
    const path = await hub.file("a.txt", "hello");
    const heard = hub.server.messages({ msgType: "file" });
    await (await hub.login("ann")).sendMessage(path, "file");
    const { ossKey } = (await heard.next()).value!;
    const inbox = hub.path("inbox");
    const download = ["download", "--ip", "127.0.0.1", "--port", String(hub.port), ossKey!, inbox];
    for (const _ of ["gets it", "has it already"]) {
      const { terminal, type } = onTerminal(download, 40);
      await using _terminal = terminal;
      await type("");
      const { code, stdout } = await terminal.end();
      const lines = stdout.replaceAll("\x1b[K", "\n").split(/[\r\n]+/).filter((line) => line.startsWith("Downloading"));
      assertEquals([code, lines.length > 0, lines.filter((line) => line.length >= 40)], [0, true, []]);
      assertMatch(stdout, /(^|\n)[^\nD]*\/inbox/);
    }
  },
});

Deno.test({
  name: "the prompt of a conversation says how far an upload is, and keeps the cursor behind what is typed meanwhile",
  ignore,
  async fn() {
    await using hub = await fileHub();
    const path = await hub.file("a.txt", "hello");
    await using conversation = await onTerminalWith(hub.port);
    const { terminal, type, seen } = conversation;
    const heard = hub.server.messages();
    await type(`/file ${path}\rnext`, false);
    assertEquals((await heard.next()).value?.msgType, "file");
    await hub.server.sendMessage("go on", "text"); // comes after the receipt
    assertStringIncludes(await seen("go on"), "all (100 % sent)> ");
    await type(" one\r/quit\r");
    assertEquals((await terminal.end()).code, 0);
    assertEquals((await heard.next()).value?.content, "next one");
  },
});

Deno.test({
  name: "the prompt of a conversation says how far a download is, and is as before when it has arrived",
  ignore,
  async fn() {
    await using hub = await fileHub();
    const path = await hub.file("a.txt", "hello");
    await using conversation = await onTerminalWith(hub.port, "--download", hub.path("in"));
    const { terminal, type, seen } = conversation;
    await hub.server.sendMessage(path, "file");
    assertStringIncludes(await seen("a.txt"), "all (100 % received)> ");
    await type("/quit\r");
    const { code, stdout } = await terminal.end();
    assertEquals(code, 0);
    assertMatch(stdout, /all> /);
  },
});
