import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plots } from "../../bench/publish/plots.ts";
import { CHINESE } from "../../bench/publish/chinese.ts";
import { readmePart } from "../../bench/publish/readme.ts";
import { ENGLISH } from "../../bench/publish/words.ts";
import { added, type Run } from "../../bench/run.ts";
import type { Figure, Finding, Sample } from "../../bench/work/work.ts";

const RATE: Figure = { name: "rate", what: "deliveries a second", unit: "/s", better: "more" };
const LOGINS: Figure = { name: "logins", what: "logins a second", unit: "/s", better: "more" };
const SPEED: Figure = { name: "speed", what: "MiB a second", unit: "MiB/s", better: "more" };

Deno.test("a run without anything that the first tables show can be published", () => {
  const run = runOf(finding("transfers", "file up, 128 MiB", SPEED, { bare: [400], crosscomm: [100] }));
  for (const words of [ENGLISH, CHINESE]) {
    const part = readmePart(run, ["transfers.svg"], words);
    assertStringIncludes(part, "bare 400 MiB/s · crosscomm 100 MiB/s");
    assertStringIncludes(part, "![transfers](bench/plots/transfers.svg)");
    assertEquals(tables(part), 2); // what was found, and the goals
  }
});

Deno.test("a run that found nothing can be published, and says why", () => {
  const run = { ...runOf(), failed: { crowd: "no such hub" } };
  assertStringIncludes(readmePart(run, Object.keys(plots([])), ENGLISH), "- crowd ended early: no such hub");
});

Deno.test("a goal that is missed says why, and one that is reached does not", () => {
  for (const words of [ENGLISH, CHINESE]) {
    const crowd = (logins: number) => {
      const run = runOf(finding("crowd", "10,000 clients", LOGINS, { bare: [1_000], crosscomm: [logins] }));
      return readmePart(run, [], words);
    };
    assertStringIncludes(crowd(700), words.why.login);
    assert(!crowd(900).includes(words.why.login));
    assert(!crowd(900).includes(words.goals.at(-1)!)); // no column of reasons where there is none
  }
});

Deno.test("the generator's ceiling stands beside the hubs, and what a hub could not do has a reason", () => {
  const flow = finding("fan-out", "1 to 100, 1 MiB", RATE, { ceiling: [9_000], bare: [1_000], mosquitto: [] });
  flow.results.mosquitto!.failed = "the hub closed a connection";
  const crowd = finding("crowd", "10,000 clients", LOGINS, { pywayne: [45], bare: [8_000], mosquitto: [2_000] });
  crowd.remarks = { pywayne: "469 of them were in after 8 s" };
  const english = readmePart(runOf(flow, crowd), [], ENGLISH);
  assertStringIncludes(english, "| no hub (the generator's ceiling) | 9,000 |");
  assertStringIncludes(english, "- mosquitto, fan-out, 1 to 100, 1 MiB: the hub closed a connection");
  assertStringIncludes(english, "- pywayne, crowd, 10,000 clients: 469 of them were in after 8 s");
  const chinese = readmePart(runOf(flow, crowd), [], CHINESE);
  assertStringIncludes(chinese, "- mosquitto，群发，1 对 100，1 MiB：中枢关闭了连接");
  assertStringIncludes(chinese, "- pywayne，人群，10,000 个客户端：8 秒后登录了 469 个");
});

Deno.test("the plots of a workload show how it grows with its receivers", () => {
  const cost: Figure = { name: "hubCost", what: "hub's processor time a delivery", unit: "µs", better: "less" };
  const flow = (count: number) => finding("fan-out", `1 to ${count}, 200 B`, cost, { bare: [2], crosscomm: [0.05] });
  assert("growth-fan-out.svg" in plots([flow(10), flow(100), flow(1_000)]));
  assert(!("growth-fan-out.svg" in plots([flow(100)])));
});

Deno.test("what is added to a run takes the place of the same parts, and of nothing else", () => {
  const last: Run = {
    ...runOf(
      finding("fan-out", "1 to 100, 200 B", RATE, { bare: [1] }),
      finding("crowd", "10,000 clients", LOGINS, { bare: [1] }),
    ),
    versions: { bare: "old" },
    skipped: { nats: "not installed" },
    failed: { pairs: "lost" },
  };
  const run: Run = {
    ...runOf(
      finding("pairs", "8, 200 B", RATE, { bare: [2] }),
      finding("crowd", "10,000 clients", LOGINS, { bare: [2] }),
    ),
    versions: { nats: "new" },
  };
  const { goes, versions, skipped, failed, findings } = added(last, run, ["fan-out", "pairs", "crowd"]);
  assertEquals({ goes, versions, skipped, failed }, {
    goes: 2,
    versions: { bare: "old", nats: "new" },
    skipped: {},
    failed: {},
  });
  assertEquals(findings.map(({ work, results }) => [work, Object.values(results.bare!.samples[0]!)[0]]), [
    ["fan-out", 1],
    ["pairs", 2],
    ["crowd", 2],
  ]);
});

function runOf(...findings: Finding[]): Run {
  return {
    date: "2026-01-02T00:00:00.000Z",
    isQuick: true,
    goes: 1,
    machine: { os: "linux", arch: "x86_64", cores: 2 },
    versions: {},
    skipped: {},
    failed: {},
    findings,
  };
}

/** One figure, and what rounds gave of it. */
function finding(work: string, variant: string, figure: Figure, rounds: Record<string, number[]>): Finding {
  const results = Object.entries(rounds).map(([name, found]) =>
    [name, { samples: found.map((value): Sample => ({ [figure.name]: value })) }] as const
  );
  return { work, variant, figures: [figure], results: Object.fromEntries(results) };
}

function tables(markdown: string): number {
  return markdown.split("\n").filter((line) => line.startsWith("| ---")).length;
}
