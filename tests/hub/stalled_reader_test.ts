import { assert, assertEquals } from "@std/assert";
import { HubProcess } from "../support/hub_process.ts";
import { until } from "../support/inbox.ts";
import { frame } from "../support/frame.ts";
import { RawClient } from "../support/raw_client.ts";
import { TcpClient } from "../support/tcp_client.ts";

/*
 * One peer of a hundred does its worst, in front of a hub in a process of its own: what the others get, and what it
 * costs the hub. How long they wait for it is for the benchmark to say (`deno task bench --work stalled`).
 */

const RECEIVERS = 99;
/** How many messages to all there are before and during an attack, and how far apart, in milliseconds. */
const MESSAGES = 300;
const APART_MS = 5;
const BOUND = 1024 * 1024;
const MIB = 1024 * 1024;
/** The two bytes of the close code, read as the text that they are not, and how the reason begins. */
const CODE_4001 = "\x0f\ufffdwhat was sent before";

/** What one peer does, once it is prepared. */
interface Attack {
  begin?(): void;
  end(): Promise<void>;
}

/** Those who mean no harm: one speaks to all, the others listen. */
class Crowd implements AsyncDisposable {
  readonly #speaker: RawClient;
  readonly #sockets: WebSocket[];
  #said = 0;
  #heard = 0;

  private constructor(speaker: RawClient, sockets: WebSocket[]) {
    this.#speaker = speaker;
    this.#sockets = sockets;
    for (const socket of sockets) {
      let next = 1;
      socket.onmessage = ({ data }) => {
        const { msg_type, from_client_id, content } = JSON.parse(data);
        if (msg_type !== "text" || from_client_id !== "speaker") return;
        assertEquals(content.split(" ")[0], String(next++));
        this.#heard++;
      };
    }
  }

  static async gather(port: number): Promise<Crowd> {
    const ids = Array.from({ length: RECEIVERS }, (_, index) => `receiver ${index}`);
    const sockets = await Promise.all(ids.map((id) => loggedIn(port, id)));
    return new Crowd(await RawClient.login(port, "speaker"), sockets);
  }

  /** Speaks for a while; resolves once all have heard all. */
  async speak(): Promise<void> {
    for (let count = 0; count < MESSAGES; count++) {
      const content = `${++this.#said} ${"x".repeat(200)}`;
      this.#speaker.sendFrame({ to_client_id: "all", content });
      await new Promise((resolve) => setTimeout(resolve, APART_MS));
    }
    await until(() => this.#heard === RECEIVERS * this.#said, "all have heard all");
  }

  /** What the hub says of a client. */
  async statusOf(id: string): Promise<string | undefined> {
    return (await this.#speaker.clients())[id];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#speaker.close();
    await Promise.all(this.#sockets.map((socket) => {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.close();
      return closed;
    }));
  }
}

async function loggedIn(port: number, id: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await new Promise((resolve) => socket.onopen = resolve);
  const answered = new Promise((resolve) => socket.onmessage = resolve);
  socket.send(frame({ from_client_id: id, msg_type: "login", content: {} }));
  await answered;
  return socket;
}

/** Has a crowd talk alone, and then again while it is attacked. */
async function withstand(prepare: (port: number, crowd: Crowd) => Promise<Attack>): Promise<void> {
  await using hub = await HubProcess.start({ maxBufferedBytes: BOUND, storeFolder: false });
  {
    await using crowd = await Crowd.gather(hub.port);
    await crowd.speak(); // by then everything has been used once
    const before = await hub.cost();
    const attack = await prepare(hub.port, crowd);
    attack.begin?.();
    await crowd.speak();
    const after = await hub.cost();
    await attack.end();
    const growth = (after.memory - before.memory) / MIB;
    assert(growth < BOUND / MIB + 15, `the hub holds ${growth} MiB more`);
  }
  assertEquals(await hub.stop(), "");
}

Deno.test("one of a hundred stops reading: it is dropped with 4001, and all others get everything", () =>
  withstand(async (port, crowd) => {
    using stack = new DisposableStack();
    const stalled = stack.use(await TcpClient.connect(port));
    await stalled.handshake();
    await stalled.sendText(frame({ from_client_id: "stalled", msg_type: "login", content: { protocol: 2 } }));
    await until(async () => await crowd.statusOf("stalled") === "online", "it is logged in");
    const sender = await RawClient.login(port, "sender");
    // So much may be on its way to it, and little more: what is said to all will be too much.
    for (let sent = 0; sent < 10; sent++) sender.sendFrame({ to_client_id: "stalled", content: "x".repeat(100_000) });
    await sender.clients();
    assertEquals(await crowd.statusOf("stalled"), "online");
    const kept = stack.move();
    return {
      async end() {
        using _ = kept;
        await until(async () => await crowd.statusOf("stalled") === "offline", "it is dropped");
        let last = "";
        while (!last.includes(CODE_4001)) {
          const text = await stalled.read();
          if (text === "") break;
          last = (last + text).slice(-200);
        }
        assert(last.includes(CODE_4001), `it ends with ${JSON.stringify(last)}`);
        await sender.close();
      },
    };
  }));

Deno.test("one of a hundred floods the hub with rubbish: all others get everything", () =>
  withstand(async (port) => {
    const flooder = await TcpClient.connect(port);
    await flooder.handshake();
    await flooder.sendText(frame({ from_client_id: "flooder", msg_type: "login", content: {} }));
    const rubbish = new Uint8Array([...[0x81, 0x80 | 7, 0, 0, 0, 0], ...new TextEncoder().encode("rubbish")]);
    const much = new Uint8Array(Array(500).fill([...rubbish]).flat());
    let isOver = false;
    let flood: Promise<void>;
    return {
      begin() {
        flood = (async () => {
          while (!isOver) await flooder.write(much);
        })();
      },
      async end() {
        isOver = true;
        flooder[Symbol.dispose](); // which ends a write that the hub keeps waiting
        await flood.catch(() => {});
      },
    };
  }));

Deno.test("two hundred connections never finish their handshake: all others get everything", () =>
  // deno-lint-ignore require-await -- as the others
  withstand(async (port) => {
    let coming: Promise<TcpClient[]>;
    const come = async () => {
      const connection = await TcpClient.connect(port);
      await connection.write("GET / HTTP/1.1\r\nHost: hub\r\nUpgrade: web");
      return connection;
    };
    return {
      begin: () => void (coming = Promise.all(Array.from({ length: 200 }, come))),
      async end() {
        for (const connection of await coming) connection[Symbol.dispose]();
      },
    };
  }));

Deno.test("one of a hundred logs in and out, in a loop and under ever new ids: all others get everything", () =>
  withstand(async (port) => {
    const restless = await RawClient.connect(port);
    let isOver = false;
    let logins = 0;
    let loop: Promise<void>;
    return {
      begin() {
        loop = (async () => {
          for (; !isOver; logins++) {
            await restless.login(`restless ${logins}`);
            restless.sendFrame({ msg_type: "logout", to_client_id: "server" });
          }
        })();
      },
      async end() {
        isOver = true;
        await loop;
        assert(logins > 0);
        await restless.close();
      },
    };
  }));
