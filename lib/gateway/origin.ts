/**
 * Whether a web page of this origin may come in. A browser names it, and sends what any page asks it to: without this,
 * a page from anywhere could reach a hub that listens to this machine alone. Programs name none, and pages cannot help
 * it: whoever can leave it out is no page.
 *
 * Besides those that are `allowed`, a page that lies at the very address which it connects to may come in, unless that
 * is a name: a stranger can have a name of his own lead to an address of ours.
 */
export function isAllowedOrigin(origin: string, host: string | undefined, allowed: readonly string[]): boolean {
  if (allowed.includes("*") || allowed.includes(origin.toLowerCase())) return true;
  if (!URL.canParse(origin)) return false; // `null`, for one, is the origin of a page from a file
  const url = new URL(origin);
  return url.host === host?.toLowerCase() && isAddress(url.hostname);
}

function isAddress(hostname: string): boolean {
  return hostname === "localhost" || hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}
