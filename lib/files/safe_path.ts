import { CrossCommError } from "../protocol/errors.ts";
import { safeName } from "./safe_name.ts";

/**
 * Turns an object key, or the path of an entry in a tar archive, into the names of the folders below the download
 * directory and of the file or folder in the last of them. It was chosen by a stranger: what would lead anywhere else
 * is refused, and names that only this system does not take are made such as it takes. A slash at the end, the mark of
 * a folder, is no segment.
 *
 * @throws {CrossCommError} `UNSAFE_KEY`.
 */
export function safePath(key: string, windows: boolean = Deno.build.os === "windows"): string[] {
  const segments = key.split("/");
  if (segments.length > 1 && segments.at(-1) === "") segments.pop();
  const fault = findFault(segments);
  if (fault === undefined) return segments.map((segment) => safeName(segment, windows));
  const why = `the object key ${JSON.stringify(key)} ${fault}: nothing was written; ask its sender for another name`;
  throw new CrossCommError("UNSAFE_KEY", why);
}

/** What is wrong on every system: nobody's tools make such keys by accident, and on some system it leads astray. */
function findFault(segments: string[]): string | undefined {
  if (segments.length === 1 && segments[0] === "") return "is empty";
  for (const segment of segments) {
    if (segment === "") return "has an empty segment";
    if (segment.includes("\0")) return "has a NUL in it";
    if (segment.includes("\\")) return "has a backslash in it";
    // Windows drops dots and blanks at the end: there ".. ." leads up as well.
    if (/^[. ]+$/.test(segment)) return "has a segment of dots or blanks";
  }
  // A name may well begin like that, as `a: b.txt` does; on Windows it becomes `a_ b.txt`.
  if (/^[A-Za-z]:$/.test(segments[0]!)) return "begins with a drive letter";
}
