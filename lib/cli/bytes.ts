import { format } from "@std/fmt/bytes";

/** A number of bytes in a unit that suits it. */
export function bytes(count: number): string {
  return format(count, { binary: true, maximumFractionDigits: 1 }).replace("kiB", "KiB"); // as everybody writes it
}
