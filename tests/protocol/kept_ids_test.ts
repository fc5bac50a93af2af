import { assert } from "@std/assert";
import { run } from "../support/command.ts";

Deno.test("whoever keeps the ids of messages does not keep the messages with them", async () => {
  const main = `${import.meta.dirname}/kept_ids_main.ts`;
  const bytes = Number(await run(Deno.execPath(), ["run", "--quiet", "--no-lock", "--v8-flags=--expose-gc", main]));
  assert(bytes < 50 * 1024 * 1024, `${bytes} bytes are in use`);
});
