/** What was found, as tables for the terminal. */

import { CEILING, OURS, OURS_V2 } from "./contenders.ts";
import { values, type Verdict } from "./goals.ts";
import { ratio, summary } from "./statistics.ts";
import { failures, heading, table, times, whole } from "./table.ts";
import type { Figure, Finding, Unit } from "./work/work.ts";

export function goalTable(verdicts: Verdict[]): string {
  return verdicts.length === 0 ? "" : [heading("Goals"), table(verdicts.map(verdictRow))].join("\n");
}

export function section(finding: Finding): string {
  const { work, variant, figures: [main, ...others], results } = finding;
  const measured = Object.keys(results).filter((name) => results[name]!.samples.length > 0);
  const compared = (finding.compared ?? [OURS, OURS_V2]).filter((name) => measured.includes(name));
  const shares = ["hubCpu", "loadCpu"].filter((share) =>
    measured.some((name) => values(finding, name, share).length > 0) && !others.some(({ name }) => name === share)
  );
  const head = [
    ...["", main!.what, "min – max"],
    ...compared.map((name) => `${name} is`),
    ...others.map(({ what }) => what),
    ...shares.map((name) => name === "hubCpu" ? "hub CPU" : "generator CPU"),
  ];
  const rows = measured.map((name) => {
    const found = values(finding, name, main!.name);
    const { min, max } = summary(found);
    return [
      ...[name, median(finding, name, main!), `${shown(min, main!.unit)} – ${shown(max, main!.unit)}`],
      ...compared.map((ours) => name === ours ? "" : times(ratio(values(finding, ours, main!.name), found)!)),
      ...others.map((figure) => median(finding, name, figure)),
      ...shares.map((share) => median(finding, name, { name: share, unit: "%" })),
    ];
  });
  const remarks = Object.entries(finding.remarks ?? {}).map(([name, remark]) => `  ${name}: ${remark}`);
  return [
    heading(`${work}: ${variant}`),
    ...[table([head, ...rows]), ...notes(finding), ...remarks, ...failures(results)],
  ].join("\n");
}

/** The proof that the hubs were measured, and not the generator. */
function notes(finding: Finding): string[] {
  const names = Object.keys(finding.results).filter((name) => name !== CEILING);
  const isFlow = finding.figures[0]!.name === "rate";
  const rates = names.map((name) => isFlow ? values(finding, name, "rate") : []).filter((rates) => rates.length > 0);
  const ceiling = values(finding, CEILING, "rate");
  const factor = ceiling.length > 0 && summary(ceiling).median / Math.max(...rates.map((rate) => summary(rate).median));
  const limited = names.filter((name) => {
    const [hub, load] = [values(finding, name, "hubCpu"), values(finding, name, "loadCpu")];
    return rates.length > 0 && load.length > 0 && summary(load).median > summary(hub).median;
  });
  return [
    ...(factor
      ? [
        `  the generator's ceiling is ${factor.toFixed(1)} times the fastest hub` +
        (factor < 1.3 ? ": it does not tell the fastest ones apart" : ""),
      ]
      : []),
    ...(limited.length > 0
      ? [`  the generator was busier than the hub, which may do more: ${limited.join(", ")}`]
      : []),
  ];
}

function verdictRow({ work, variant, what, ours, against, againstVariant, least, most, ratio, isReached }: Verdict) {
  const rival = againstVariant ? `itself, ${againstVariant}` : against;
  return [
    `${work}, ${variant}: ${what}`,
    `${ours} ${least === undefined ? `≤ ${most}` : `≥ ${least}`} × ${rival}`,
    ratio ? times(ratio) : "",
    isReached === undefined ? "not measured" : isReached ? "reached" : "NOT reached",
  ];
}

/** The median of a figure, in its unit; nothing where there is none. */
export function median(finding: Finding, name: string, { name: figure, unit }: Pick<Figure, "name" | "unit">): string {
  const found = values(finding, name, figure);
  return found.length === 0 ? "" : shown(summary(found).median, unit);
}

function shown(value: number, unit: Unit): string {
  if (unit === "%") return `${(value * 100).toFixed(0)} %`;
  if (unit === "/s") return whole(value);
  return `${value >= 100 ? whole(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${unit}`;
}
