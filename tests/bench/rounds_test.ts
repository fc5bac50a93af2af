import { assertEquals } from "@std/assert";
import { takeTurns } from "../../bench/rounds.ts";

const entrants = ["ann", "bob"].map((name) => ({ contender: { name } }));

Deno.test("who fails has no more turns, and keeps the rounds before that", async () => {
  let round = 0;
  const results = await takeTurns(entrants, 3, ({ contender: { name } }) => {
    if (name === "ann") round++;
    return name === "bob" && round === 2 ? Promise.reject(new Error("gone")) : Promise.resolve(round);
  });
  assertEquals(results, { ann: { samples: [1, 2, 3] }, bob: { samples: [1], failed: "gone" } });
});

Deno.test("who takes longer than the limit has no more turns, and keeps what it took so long for", async () => {
  const results = await takeTurns(entrants, 3, ({ contender: { name } }) => {
    const end = performance.now() + (name === "ann" ? 0 : 501);
    while (performance.now() < end); // the clock alone tells
    return Promise.resolve(name);
  }, 500);
  assertEquals(results, { ann: { samples: ["ann", "ann", "ann"] }, bob: { samples: ["bob"] } });
});
