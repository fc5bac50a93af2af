import { assertEquals } from "@std/assert";
import { takeTurns } from "../../bench/rounds.ts";

const entrants = ["ann", "bob"].map((name) => ({ contender: { name } }));

Deno.test("turns go back and forth, so that nobody always follows the same one", async () => {
  const turns: string[] = [];
  await takeTurns(entrants, 3, ({ contender: { name } }) => Promise.resolve(void turns.push(name)));
  assertEquals(turns, ["ann", "bob", "bob", "ann", "ann", "bob"]);
});

Deno.test("who fails has no more turns, and keeps the rounds before that", async () => {
  let turns = 0;
  const results = await takeTurns(entrants, 3, ({ contender: { name } }) => {
    if (name === "ann") return Promise.resolve(name);
    return ++turns === 2 ? Promise.reject(new Error("gone")) : Promise.resolve(name);
  });
  assertEquals(results, { ann: { samples: ["ann", "ann", "ann"] }, bob: { samples: ["bob"], failed: "gone" } });
});

Deno.test("who takes longer than the limit has no more turns, and keeps what it took so long for", async () => {
  const results = await takeTurns(entrants, 3, ({ contender: { name } }) => {
    const end = performance.now() + (name === "ann" ? 0 : 501);
    while (performance.now() < end); // the clock alone tells
    return Promise.resolve(name);
  }, 500);
  assertEquals(results, { ann: { samples: ["ann", "ann", "ann"] }, bob: { samples: ["bob"] } });
});
