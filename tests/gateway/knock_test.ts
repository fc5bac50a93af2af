import { HubProcess } from "../support/hub_process.ts";
import { inTime } from "../support/inbox.ts";
import { RawClient } from "../support/raw_client.ts";
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
    const logIn = async () => {
      while (true) {
        try {
          return await RawClient.login(hub.port, "ann");
        } catch {
          // What waited at the door is turned away when the hub listens anew.
        }
      }
    };
    await using _ann = await inTime(logIn(), "the hub listens again");
  },
});
