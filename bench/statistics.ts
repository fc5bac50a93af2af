export interface Summary {
  median: number;
  min: number;
  max: number;
}

export function summary(values: number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return {
    median: sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    min: sorted[0]!,
    max: sorted.at(-1)!,
  };
}

/** Round by round, so that what disturbs the machine for a while disturbs both sides. Undefined without a round. */
export function ratio(ours: number[], theirs: number[]): Summary | undefined {
  const rounds = Math.min(ours.length, theirs.length);
  if (rounds === 0) return undefined;
  return summary(ours.slice(0, rounds).map((value, round) => value / theirs[round]!));
}
