/** Which plots there are. */

import type { Finding } from "../work/work.ts";
import { receiversIn } from "../work/fan_out.ts";
import { clientsIn } from "../work/growth.ts";
import { bars, type Panel } from "./bars.ts";
import { lines } from "./lines.ts";

/** By file name, those that the findings have what for. */
export function plots(findings: Finding[]): Record<string, string> {
  const panels = (work: string, figures?: string[]): Panel[] =>
    findings.filter((finding) => finding.work === work).flatMap((finding) =>
      finding.figures
        .filter(({ name }, index) => figures?.includes(name) ?? index === 0)
        .map((figure) => ({ finding, figure }))
    );
  const drawn: Record<string, Panel[]> = {
    "fan-out": panels("fan-out"),
    "pairs": [...panels("pairs"), ...panels("many-to-one")],
    "latency": [...panels("latency", ["p99"]), ...panels("mixed", ["p99"])],
    "mailbox": panels("mailbox", ["through", "out"]),
    "crowd": panels("crowd", ["logins", "memory", "heartbeat"]),
    "start": panels("start"),
    "transfers": panels("transfers").filter(({ figure }) => figure.name !== "p99"),
  };
  const files = Object.entries(drawn).filter(([_, panels]) => panels.length > 0).map(([name, panels]) =>
    [`${name}.svg`, bars(panels)] as const
  );
  const curves: Record<string, Curve> = {
    "growth": {
      title: "growth: the same traffic among ever more clients",
      panels: panels("growth"),
      clients: clientsIn,
    },
    "growth-fan-out": {
      title: "fan-out of 200 B to ever more clients",
      panels: panels("fan-out", ["hubCost"]).filter(({ finding }) => finding.variant.endsWith(", 200 B")),
      clients: receiversIn,
    },
  };
  for (const [name, { title, panels, clients }] of Object.entries(curves)) {
    const counts = panels.map(({ finding }) => clients(finding.variant));
    if (counts.length > 1) files.push([`${name}.svg`, lines(title, panels, counts)]);
  }
  return Object.fromEntries(files);
}

interface Curve {
  title: string;
  panels: Panel[];
  /** How many there are in such a variant. */
  clients: (variant: string) => number;
}
