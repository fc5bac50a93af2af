/** What the plots are written with: SVG that reads well on light and on dark pages. */

type Attributes = Record<string, string | number>;

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 13px }
.faint { fill: #59636e }
.bar { fill: #afb8c1 } .bar.ours { fill: #0969da }
.line { fill: none; stroke: #8c959f; stroke-width: 1.5 } .line.ours { stroke: #0969da; stroke-width: 2.5 }
.spread { stroke: #1f2328; stroke-opacity: .55 } .grid { stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .faint { fill: #9198a1 }
  .bar { fill: #59636e } .bar.ours { fill: #4493f8 }
  .line { stroke: #9198a1 } .line.ours { stroke: #4493f8 }
  .spread { stroke: #f0f6fc } .grid { stroke: #3d444d }
}`;

export function svg(width: number, height: number, content: string[]): string {
  const size = { width, height, viewBox: `0 0 ${width} ${height}`, xmlns: "http://www.w3.org/2000/svg", role: "img" };
  return `${element("svg", size, [`<style>${STYLE}</style>`, ...content])}\n`;
}

export function element(name: string, attributes: Attributes, content: string[] = []): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${rounded(value)}"`).join("");
  return content.length === 0 ? `<${name}${written}/>` : `<${name}${written}>\n${content.join("\n")}\n</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, [escape(content)]).replaceAll("\n", "");
}

function rounded(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 10) / 10) : escape(value);
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
