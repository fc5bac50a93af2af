/** Bars from left to right: a contender each, as long as its median, with a line for the spread of its rounds. */

import { CEILING, OURS, OURS_V2 } from "../contenders.ts";
import { values } from "../goals.ts";
import { median } from "../report.ts";
import { summary } from "../statistics.ts";
import type { Figure, Finding } from "../work/work.ts";
import { element, svg, text } from "./svg.ts";

export interface Panel {
  finding: Finding;
  figure: Figure;
}

const COLUMNS = 3;
const [WIDTH, GAP, ROW, TITLE] = [300, 24, 18, 40] as const;
/** Where bars begin, and how long the longest is: its value stands behind it. */
const [BAR_AT, BAR_LENGTH] = [98, 132] as const;

/** Panels side by side, in rows of three. */
export function bars(panels: Panel[]): string {
  const columns = Math.min(panels.length, COLUMNS);
  const height = TITLE + Math.max(...panels.map(({ finding }) => contenders(finding).length)) * ROW + GAP;
  const placed = panels.map((panel, i) => {
    const [x, y] = [(i % COLUMNS) * (WIDTH + GAP), Math.floor(i / COLUMNS) * height];
    return element("g", { transform: `translate(${x} ${y})` }, draw(panel));
  });
  return svg(columns * (WIDTH + GAP) - GAP, Math.ceil(panels.length / COLUMNS) * height, placed);
}

function draw({ finding, figure }: Panel): string[] {
  const names = contenders(finding);
  const longest = Math.max(...names.flatMap((name) => values(finding, name, figure.name)));
  const length = (value: number) => (value / longest) * BAR_LENGTH;
  return [
    text(0, 14, `${finding.work}, ${finding.variant}`, { class: "title" }),
    text(0, 30, `${figure.what}, ${figure.better} is better`, { class: "faint" }),
    ...names.flatMap((name, i) => {
      const middle = TITLE + i * ROW + ROW / 2;
      const label = text(BAR_AT - 6, middle + 4, name, { "text-anchor": "end" });
      const found = values(finding, name, figure.name);
      if (found.length === 0) {
        const why = finding.results[name]!.failed === undefined ? "–" : "did not manage";
        return [label, text(BAR_AT, middle + 4, why, { class: "faint" })];
      }
      const { median: middleValue, min, max } = summary(found);
      const ours = name === OURS || name === OURS_V2;
      return [
        label,
        element("rect", {
          ...{ x: BAR_AT, y: middle - 6, width: Math.max(1, length(middleValue)), height: 12, rx: 2 },
          class: ours ? "bar ours" : "bar",
        }),
        element("line", {
          ...{ x1: BAR_AT + length(min), x2: BAR_AT + length(max), y1: middle, y2: middle },
          class: "spread",
        }),
        text(BAR_AT + length(max) + 6, middle + 4, median(finding, name, figure)),
      ];
    }),
  ];
}

function contenders({ results }: Finding): string[] {
  return Object.keys(results).filter((name) => name !== CEILING);
}
