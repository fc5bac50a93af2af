// A client in a process of its own: `send_main.ts PORT PATH [STORAGE]` sends a file, and prints its key or what failed.
import { CrossCommClient, CrossCommError } from "../../client.ts";

const [port, path, storage] = Deno.args;
await using client = new CrossCommClient({
  port: Number(port),
  clientId: "process",
  storage: storage === undefined ? undefined : JSON.parse(storage),
});
await client.login();
try {
  await client.sendMessage(path!, "file");
  console.log("sent");
} catch (error) {
  if (!(error instanceof CrossCommError)) throw error;
  console.log(`${error.code} ${error.message}`);
}
