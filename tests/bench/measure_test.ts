import { assertEquals } from "@std/assert";
import { measureAll, possible, secondsFor } from "../../bench/measure.ts";
import type { Entrant } from "../../bench/rounds.ts";
import { FULL, QUICK } from "../../bench/scale.ts";
import type { Finding, Work } from "../../bench/work/work.ts";
import { WORKS } from "../../bench/work/works.ts";

const finding = (work: string, variant: string): Finding => ({ work, variant, figures: [], results: {} });

const entrant = (name: string): Entrant => ({
  contender: { name, framing: { path: "/", logIn: () => Promise.reject() }, prepare: () => Promise.reject() },
  version: "",
  launch: () => ({ program: "", args: [] }),
});

Deno.test("a part of the work that fails loses neither what it had found nor the other parts", async () => {
  const works: Work[] = [
    {
      name: "fails",
      seconds: () => 1,
      async *measure() {
        yield await Promise.resolve(finding("fails", "first"));
        throw new Error("no more");
      },
    },
    {
      name: "works",
      seconds: () => 1,
      async *measure() {
        yield await Promise.resolve(finding("works", "only"));
      },
    },
  ];
  const found: string[] = [];
  const failed = await measureAll(works, [entrant("bare")], QUICK, ({ work, variant }) => {
    found.push(`${work}, ${variant}`);
    return Promise.resolve();
  });
  assertEquals(found, ["fails, first", "works, only"]);
  assertEquals(failed, { fails: "no more" });
});

Deno.test("a part of the work is given those whom it measures, and is left out when there are none", async () => {
  const given: string[] = [];
  const work: Work = {
    name: "alone",
    only: ["crosscomm"],
    seconds: (entrants) => entrants,
    async *measure(entrants) {
      given.push(...entrants.map(({ contender }) => contender.name));
      yield await Promise.resolve(finding("alone", ""));
    },
  };
  const both = [entrant("bare"), entrant("crosscomm")];
  await measureAll([work], both, QUICK, () => Promise.resolve());
  assertEquals(given, ["crosscomm"]);
  assertEquals(secondsFor([work], both, QUICK), 1);
  assertEquals(possible([work], [entrant("bare")]), []);
});

Deno.test("the whole of the work is said to take longer than the quick one", () => {
  const all = ["ceiling", "bare", "crosscomm", "crosscomm-v2"].map(entrant);
  for (const work of WORKS) {
    const [quick, full] = [secondsFor([work], all, QUICK), secondsFor([work], all, FULL)];
    assertEquals([work.name, quick > 0, full >= quick], [work.name, true, true]);
  }
});
