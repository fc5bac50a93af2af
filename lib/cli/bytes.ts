import { format } from "@std/fmt/bytes";

/** A number of bytes in a unit that suits it, with a point whatever this machine's language: a comma follows in lists. */
export function bytes(count: number): string {
  const written = format(count, { binary: true, locale: "en", maximumFractionDigits: 1 });
  return written.replace("kiB", "KiB"); // as everybody writes it
}
