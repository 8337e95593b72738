import { setTimeout as sleep } from 'node:timers/promises';

import { processGroups, program, type RunningProcess } from '../processes.ts';
import { freePort } from '../service.ts';
import type { Random } from './random.ts';

/** What is done to a process. */
export type Blow = 'killed' | 'paused' | 'told to stop';

export interface FleetOptions {
  readonly databaseUrl: string;
  readonly apis: number;
  readonly workers: number;
  /** For all of them. */
  readonly env: Readonly<Record<string, string>>;
  readonly random: Random;
  /** The longest that a process is paused. */
  readonly longestPauseMs: number;
}

/** API and worker processes that are started again whenever they end, as `npm start` does. */
export interface Fleet {
  /** Where the APIs listen, whenever they run. */
  readonly urls: readonly string[];
  readonly blows: Readonly<Record<Blow, number>>;
  /** Ends that nobody asked for and that no message explains. */
  readonly surprises: readonly string[];
  /** Does something to one of the processes, whatever it is doing. */
  strike(): void;
  /**
   * Ends the APIs as they should end, and starts none again. Nothing is placed any more then, also
   * none of what clients have given up to wait for.
   */
  stopApis(): Promise<void>;
  /** The same with all that run. */
  stop(): Promise<void>;
  /** What is left when something went wrong. */
  killAll(): Promise<void>;
}

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { random, databaseUrl } = options;
  const groups = processGroups();
  const env = { ...options.env, DATABASE_URL: databaseUrl };
  const ports = await Promise.all(Array.from({ length: options.apis }, freePort));
  const blows = { killed: 0, paused: 0, 'told to stop': 0 };
  const surprises: string[] = [];

  const keep = (name: string, start: () => RunningProcess) => {
    const place = { process: start(), stopping: false, over: Promise.resolve() };
    let wasUp = false;
    place.over = (async () => {
      for (;;) {
        const status = await place.process.ended;
        const { text, lines } = place.process;
        const isUp = lines.some(({ msg }) => msg === 'started');
        wasUp ||= isUp;
        // 1 is for what people can read: that the database was locked when it started, for one. Of
        // a process that was never up it would end everything.
        const asExpected = [0, 'SIGKILL', ...(wasUp ? [1] : []), ...(isUp ? [] : ['SIGTERM'])];
        if (!asExpected.includes(status)) surprises.push(`${name} ended with ${status}: ${text}`);
        // One that cannot start while another holds the database is not to be tried at full speed.
        if (status === 1) await sleep(100);
        if (place.stopping) return;
        place.process = start();
      }
    })();
    return place;
  };
  const apis = ports.map((PORT, i) =>
    keep(`api ${i}`, () => groups.start(process.execPath, program('api'), { ...env, PORT })),
  );
  const workers = Array.from({ length: options.workers }, (_, i) =>
    keep(`worker ${i}`, () => groups.start(process.execPath, program('worker'), env)),
  );
  const places = [...apis, ...workers];

  async function stop(some: typeof places): Promise<void> {
    for (const place of some) {
      place.stopping = true;
      place.process.signal('SIGCONT');
      place.process.signal('SIGTERM');
    }
    await Promise.all(some.map(({ over }) => over));
  }

  return {
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    blows,
    surprises,
    killAll: groups.killAll,
    strike() {
      const one = random.pick(places).process;
      const blow = random.pick(['killed', 'killed', 'paused', 'told to stop'] as const);
      blows[blow] += 1;
      if (blow === 'killed') one.signal('SIGKILL');
      if (blow === 'told to stop') one.signal('SIGTERM');
      if (blow === 'paused') {
        one.signal('SIGSTOP');
        const pauseMs = random.whole(50, options.longestPauseMs);
        setTimeout(() => one.signal('SIGCONT'), pauseMs);
      }
    },
    stopApis: () => stop(apis),
    stop: () => stop(places),
  };
}
