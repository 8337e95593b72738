/**
 * Has work done again when there is reason to: at once if it was not done within the last
 * `restMs`, else when that is over; never twice at the same time. After work that failed the rest
 * is longer: it doubles with each failure in a row, up to sixteen times `restMs`. Without a reason
 * nothing is done, also not after a failure.
 */
export interface Refresh {
  /** There is reason to. */
  now(): void;
  stop(): void;
}

export function createRefresh(work: () => Promise<void>, restMs = 1000): Refresh {
  let running = false;
  let wanted = false;
  let stopped = false;
  let failures = 0;
  let restUntil = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function run(): Promise<void> {
    timer = undefined;
    running = true;
    wanted = false;
    const began = performance.now();
    failures = await work().then(
      () => 0,
      // Whoever works shows what went wrong.
      () => Math.min(failures + 1, 4),
    );
    restUntil = began + restMs * 2 ** failures;
    running = false;
    if (wanted) now();
  }

  function now(): void {
    wanted = true;
    if (running || stopped || timer !== undefined) return;
    const waitMs = restUntil - performance.now();
    if (waitMs <= 0) void run();
    else timer = setTimeout(() => void run(), Math.ceil(waitMs));
  }

  return {
    now,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
