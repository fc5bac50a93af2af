/** A figure over the number of clients, both on logarithmic scales: a line a contender. */

import { CEILING, OURS, OURS_V2 } from "../contenders.ts";
import { values } from "../goals.ts";
import { summary } from "../statistics.ts";
import { element, svg, text } from "./svg.ts";
import type { Panel } from "./bars.ts";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [624, 320, 48, 110, 44, 30] as const;
const LEAST_BETWEEN_LABELS = 13;

export function lines(title: string, panels: Panel[], clients: number[]): string {
  const { figure, finding } = panels[0]!;
  const names = Object.keys(finding.results).filter((name) => name !== CEILING);
  const medians = (name: string) =>
    panels.flatMap(({ finding }, i) => {
      const found = values(finding, name, figure.name);
      const value = found.length === 0 ? 0 : summary(found).median;
      return value > 0 ? [{ clients: clients[i]!, value }] : []; // no logarithm has what is too little to be seen
    });
  const all = names.flatMap(medians).map(({ value }) => value);
  const ticks = ticksFor(Math.min(...all), Math.max(...all));
  const x = scale([clients[0]!, clients.at(-1)!], [LEFT, WIDTH - RIGHT]);
  const y = scale([ticks[0]!, ticks.at(-1)!], [HEIGHT - BOTTOM, TOP]);
  const labels = spread(names.flatMap((name) => {
    const last = medians(name).at(-1);
    return last ? [{ name, x: x(last.clients) + 6, y: y(last.value) + 4 }] : [];
  }));
  return svg(WIDTH, HEIGHT, [
    text(0, 14, title, { class: "title" }),
    text(0, 30, `${figure.what}, ${figure.unit}, ${figure.better} is better`, { class: "faint" }),
    ...ticks.flatMap((tick) => [
      element("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick), class: "grid" }),
      text(LEFT - 6, y(tick) + 4, String(tick), { "text-anchor": "end", class: "faint" }),
    ]),
    ...clients.map((count) =>
      text(x(count), HEIGHT - 8, `${count.toLocaleString("en")} clients`, { "text-anchor": "middle", class: "faint" })
    ),
    ...names.map((name) =>
      element("polyline", {
        points: medians(name).map(({ clients, value }) => `${x(clients).toFixed(1)},${y(value).toFixed(1)}`).join(" "),
        class: name === OURS || name === OURS_V2 ? "line ours" : "line",
      })
    ),
    ...labels.map((label) => text(label.x, label.y, label.name)),
  ]);
}

function scale([from, to]: [number, number], [start, end]: [number, number]): (value: number) => number {
  return (value) => start + ((Math.log(value) - Math.log(from)) / (Math.log(to) - Math.log(from))) * (end - start);
}

/** 1, 2, 5, 10 …, from below the least to above the most. */
function ticksFor(least: number, most: number): number[] {
  const all = [-2, -1, 0, 1, 2, 3, 4].flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
  const first = all.findLastIndex((tick) => tick <= least);
  const last = all.findIndex((tick) => tick >= most);
  return all.slice(Math.max(0, first), last < 0 ? undefined : last + 1);
}

/** Moves labels that would lie on each other apart. */
function spread<Label extends { x: number; y: number }>(labels: Label[]): Label[] {
  const sorted = labels.toSorted((a, b) => a.y - b.y);
  for (let i = 1; i < sorted.length; i++) {
    sorted[i]!.y = Math.max(sorted[i]!.y, sorted[i - 1]!.y + LEAST_BETWEEN_LABELS);
  }
  return sorted;
}
