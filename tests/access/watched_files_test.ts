import { assertEquals } from "@std/assert";
import { WatchedFiles } from "../../lib/access/watched_files.ts";
import { tempFolder } from "../support/start_hub.ts";

Deno.test("what cannot be read is tried again until it can, and complained of once", async () => {
  await using folder = await tempFolder();
  using files = new WatchedFiles(`${folder.path}/file`);
  const [faults, complaints]: [string[], string[]] = [["one", "one", "other", "other"], []];
  let reads = 0;
  for (let look = 0; look < 6; look++) {
    files.readChanges(() => {
      reads++;
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
    }, (fault) => complaints.push(String(fault)));
  }
  assertEquals([reads, complaints], [5, ["one", "other"]]);
});
