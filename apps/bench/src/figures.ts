/** @returns null when there are none */
export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

/** The value below which the share `q` (0 to 1) lies, between neighbours in proportion. */
export function quantile(values: readonly number[], q: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (low === undefined || high === undefined) return null;
  return low + (high - low) * (at - Math.floor(at));
}
