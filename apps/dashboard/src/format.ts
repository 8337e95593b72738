import type { Drawn } from './feed/rates.ts';

const numbers = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
});
const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

/** `1,234` */
export function asCount(count: number): string {
  return numbers.format(count);
}

/** `0`, `0.4`, `2.6`, `1,234`: so many in a second. */
export function asRate(rate: number): string {
  return rate === 0 || rate >= 9.95 ? asCount(Math.round(rate)) : rate.toFixed(1);
}

/** `1 order`, `2 orders` */
export function asOrders(count: number): string {
  return `${asCount(count)} ${count === 1 ? 'order' : 'orders'}`;
}

/** `6 ms`, `2.0 s`, `34 s`, `4 min 12 s`, `3 h 5 min`, `2 d 4 h`: two figures that matter. */
export function asDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(Math.max(0, seconds) * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return two(Math.floor(s / 60), 'min', s % 60, 's');
  const min = Math.round(s / 60);
  if (min < 24 * 60) return two(Math.floor(min / 60), 'h', min % 60, 'min');
  const h = Math.round(s / 3600);
  return two(Math.floor(h / 24), 'd', h % 24, 'h');
}

/** For what goes on and is counted up each second: no tenths. */
export function asAge(seconds: number): string {
  return seconds < 60 ? `${Math.max(0, Math.floor(seconds))} s` : asDuration(Math.floor(seconds));
}

/** `12:30:05` for a moment of the same day, `5 Jan, 12:30` for any other; in local time. */
export function asMoment(iso: string, nowMs: number): string {
  const at = new Date(iso);
  const sameDay = at.toDateString() === new Date(nowMs).toDateString();
  return (sameDay ? clock : dayAndClock).format(at);
}

/** All of it, for whoever wants to know exactly. */
export function asWholeMoment(iso: string): string {
  return whole.format(new Date(iso));
}

/** `$34.80`, `¥3,480`; a currency that the browser does not know stands before the number. */
export function asMoney(amount: number, currency: string): string {
  // As many as ISO 4217 has for any: for some, fewer are customary than an amount may have.
  const exact = { maximumFractionDigits: 4 };
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency, ...exact }).format(amount);
  } catch {
    return `${currency} ${new Intl.NumberFormat('en', exact).format(amount)}`;
  }
}

/** What the chart shows, for whoever cannot see it. */
export function inWords({ placed, completed, failed }: Drawn): string {
  const known = placed.filter((count) => count !== null).length;
  if (known === 0) return 'What happened is not known.';
  const sum = (line: readonly (number | null)[]) =>
    line.reduce<number>((all, count) => all + (count ?? 0), 0);
  const part = known < placed.length ? `Known of ${asDuration(known)}: ` : '';
  return `${part}${asOrders(sum(placed))} placed, ${asCount(sum(completed))} completed, ${asCount(sum(failed))} failed.`;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
