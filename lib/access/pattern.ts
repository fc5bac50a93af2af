/**
 * Whether an id fits a pattern, in which `*` stands for any characters, or none. Each part is taken where it first
 * fits, which needs no second try: a pattern of many stars costs no more than its length times that of the id.
 */
export function fitsPattern(id: string, pattern: string): boolean {
  const parts = pattern.split("*");
  const [first, last] = [parts.shift()!, parts.pop()];
  if (last === undefined) return id === first;
  if (!id.startsWith(first) || !id.endsWith(last) || id.length < first.length + last.length) return false;
  const end = id.length - last.length;
  let from = first.length;
  for (const part of parts) {
    const at = id.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
