/** Which plots there are. */

import type { Finding } from "../work/work.ts";
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
    "crowd": panels("crowd", ["logins", "memory", "heartbeat"]),
    "start": panels("start"),
  };
  const files = Object.entries(drawn).filter(([_, panels]) => panels.length > 0).map(([name, panels]) =>
    [`${name}.svg`, bars(panels)] as const
  );
  const growth = panels("growth");
  const counts = growth.map(({ finding }) => clientsIn(finding.variant));
  if (counts.length > 1) {
    files.push(["growth.svg", lines("growth: the same traffic among ever more clients", growth, counts)]);
  }
  return Object.fromEntries(files);
}
