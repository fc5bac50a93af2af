import { assertEquals } from "@std/assert";
import { Command } from "../support/command.ts";

const main = `${import.meta.dirname}/log_main.ts`;

for (const ending of ["dispose", "exit", "throw", "reject"]) {
  Deno.test(`log lines are all there, in their order, when a program ends by ${ending}`, async () => {
    await using program = new Command(Deno.execPath(), ["run", "--allow-env", main, ending]);
    const { stderr } = await program.end();
    const words = stderr.match(/first|second|third|fourth/g) ?? [];
    assertEquals(words.slice(0, 3), ["first", "second", "third"]);
  });
}
