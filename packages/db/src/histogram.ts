/**
 * Buckets of a logarithmic histogram: 8 to each doubling, so that a value is known to within
 * about 4.5 %, from a millisecond to years, in a few hundred buckets at the most.
 *
 * The bounds are those of OpenTelemetry's exponential histogram at scale 3: bucket i holds
 * 2^((i-1)/8) < ms <= 2^(i/8); bucket 0 holds everything up to 1 ms.
 * https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 */
export function bucketOf(ms: number): number {
  return ms <= 1 ? 0 : Math.ceil(bucketsPerDoubling * Math.log2(ms) - roundingSlack);
}

/** The largest value that a bucket holds, in milliseconds. */
export function upperBound(bucket: number): number {
  return 2 ** (bucket / bucketsPerDoubling);
}

const bucketsPerDoubling = 8;
// log2 of an exact bound may come out a hair above the whole number.
const roundingSlack = 1e-9;

/**
 * The value below which the share `q` (0 to 1) of all values lies, in milliseconds: the middle,
 * on the logarithmic scale, of the bucket that holds it. 0 when there are no values.
 */
export function quantile(
  buckets: readonly { bucket: number; orders: number }[],
  q: number,
): number {
  const inOrder = buckets.toSorted((a, b) => a.bucket - b.bucket);
  const total = inOrder.reduce((sum, { orders }) => sum + orders, 0);
  let below = 0;
  for (const { bucket, orders } of inOrder) {
    below += orders;
    if (below >= q * total) return bucket === 0 ? 0 : upperBound(bucket - 0.5);
  }
  return 0;
}
