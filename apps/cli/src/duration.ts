import { InvalidArgumentError } from 'commander';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90d`, `36h`, `30m`, `10s` or `500ms`, in whole milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (number === undefined) {
    throw new InvalidArgumentError('Must be a number with a unit: 90d, 36h, 30m, 10s or 500ms.');
  }
  const ms = Math.round(Number(number) * units[unit as keyof typeof units]);
  return Math.min(ms, Number.MAX_SAFE_INTEGER);
}
