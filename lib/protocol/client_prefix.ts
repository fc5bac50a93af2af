const FOLDER = "cross_comm/";

/**
 * The folder that a client's objects lie in: `cross_comm/{client id}/`. An id may hold anything; here it is always
 * one segment, and no two ids have the same: `%`, slashes, control characters, and a name of dots alone are escaped as
 * in an address. Half a surrogate pair, which no address can hold, becomes `%u` and its number.
 */
export function clientPrefix(clientId: string): string {
  const segment = clientId
    // deno-lint-ignore no-control-regex -- that is what it looks for
    .replaceAll(/[%/\\\0-\x1f\x7f]/g, escape)
    .replaceAll(/\p{Surrogate}/gu, (half) => `%u${half.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${FOLDER}${/^\.*$/.test(segment) ? segment.replaceAll(".", escape) : segment}/`;
}

function escape(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Whether a prefix names a folder that somebody sent, and not the folder of a client or of all of them. */
export function isSentFolder(prefix: string): boolean {
  const segments = prefix.split("/");
  if (segments.pop() !== "" || segments.some((segment) => segment === "")) return false;
  // Java's SDK puts folders at the top, under their own names.
  return segments.length >= (segments[0] === FOLDER.slice(0, -1) ? 3 : 1);
}
