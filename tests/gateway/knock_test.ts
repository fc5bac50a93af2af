import { TokenFile } from "../../server.ts";
import { HubProcess } from "../support/hub_process.ts";
import { inTime } from "../support/inbox.ts";
import { RawClient } from "../support/raw_client.ts";
import { tempFolder } from "../support/start_hub.ts";
import { TcpClient } from "../support/tcp_client.ts";

Deno.test({
  name: "a hub that ran out of open files lets clients in again once there are some",
  ignore: Deno.build.os === "windows", // which has no such limit
  async fn() {
    await using hub = await HubProcess.start({}, 150);
    {
      using many = new DisposableStack();
      const first = many.use(await TcpClient.connect(hub.port));
      for (let count = 0; count < 250; count++) many.use(await TcpClient.connect(hub.port));
      await first.handshake();
    }
    await using _ann = await inTime(logInAtLast(hub.port, "ann"), "the hub listens again");
  },
});

Deno.test({
  name: "tokens that come while a hub has no open files left count once it has some",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await tempFolder();
    const tokens = new TokenFile(`${folder.path}/tokens.json`);
    await using hub = await HubProcess.start({ tokensFile: tokens.path }, 150);
    await using early = await RawClient.login(hub.port, "ann");
    using many = new DisposableStack();
    for (let count = 0; count < 250; count++) many.use(await TcpClient.connect(hub.port));
    const { token } = await tokens.create();
    await early.closed; // for the hub has seen that there are tokens
    many.dispose();
    await using _ann = await inTime(logInAtLast(hub.port, "ann", { token }), "the token counts");
  },
});

/** Tries to log in until it succeeds: what waited at the door is turned away when the hub listens anew. */
async function logInAtLast(port: number, id: string, content: unknown = {}): Promise<RawClient> {
  while (true) {
    try {
      const client = await RawClient.connect(port);
      if ((await client.login(id, content)).content.status === "success") return client;
      await client.closed;
    } catch {
      // Not yet.
    }
  }
}
