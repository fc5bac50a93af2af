/** How long a file's name may be, in bytes of UTF-8: what Linux and macOS take, and OSS keys easily. */
export const MAX_NAME_BYTES = 255;

const encoder = new TextEncoder();

/** Names that are devices on Windows, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)/i;

/**
 * A name that every system takes as that of one file: what cannot stand in a name becomes `_`, and what is too long is
 * cut, keeping the extension. Never empty, never dots and blanks alone.
 *
 * @param windows Whether it must also do for Windows, which has more that it does not take.
 */
export function safeName(name: string, windows: boolean, maxBytes = MAX_NAME_BYTES): string {
  // deno-lint-ignore no-control-regex -- that is what it looks for
  let safe = name.toWellFormed().replaceAll(/[\x00-\x1f\x7f-\x9f/\\]/g, "_");
  if (windows) safe = safe.replaceAll(/[<>:"|?*]/g, "_");
  safe = cutName(safe, maxBytes);
  if (windows) {
    safe = safe.replace(/[. ]+$/, (end) => "_".repeat(end.length));
    if (DEVICE.test(safe)) safe = cutName(`_${safe}`, maxBytes);
  }
  return /^[. ]*$/.test(safe) ? "_".repeat(Math.max(1, safe.length)) : safe;
}

/** Cuts a name to so many bytes between two characters, keeping the extension where that leaves room for more. */
export function cutName(name: string, maxBytes: number): string {
  if (encoder.encode(name).length <= maxBytes) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? name.slice(dot) : "";
  const left = maxBytes - encoder.encode(extension).length;
  // An extension that long is none.
  if (extension === "" || left < maxBytes / 2) return cut(name, maxBytes);
  return cut(name.slice(0, dot), left) + extension;
}

function cut(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  // What people see as one character stays whole: a letter with its accents, a flag, a family.
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    bytes += encoder.encode(segment).length;
    if (bytes > maxBytes) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** The name with a number before its extension, for where the name itself is taken: `a (2).txt`. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const end = ` (${number})${dot > 0 ? name.slice(dot) : ""}`;
  const endBytes = encoder.encode(end).length;
  // A very long extension leaves no room: then the number stands after it.
  if (endBytes > MAX_NAME_BYTES / 2) return `${cut(name, MAX_NAME_BYTES - 8)} (${number})`;
  return cut(stem, MAX_NAME_BYTES - endBytes) + end;
}
