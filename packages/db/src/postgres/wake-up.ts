import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

import type { Notice } from '../notice.ts';
import type { News, WakeUp } from '../wake-up.ts';
import type { Connecting } from './connect.ts';

/** Notifications of one process come no closer than this, in milliseconds. */
const shortestGapMs = 5;
const reconnectMs = { first: 100, longest: 5_000 };
/** A connection that is only listened to would never learn that the network is gone. */
const heartbeatMs = 30_000;

const channels: Record<News, string> = { work: 'orders_work', events: 'orders_events' };

export interface WakeUps {
  watch(news: News, onChange: () => void): WakeUp;
  tell(news: ReadonlySet<News>): void;
  close(): Promise<void>;
}

/**
 * Tells other processes of commits and hears of theirs, by NOTIFY and LISTEN. A slow poll belongs
 * behind it: what is told while a connection is lost is not heard.
 */
export function createWakeUps(connecting: Connecting, pool: pg.Pool, onNotice: Notice): WakeUps {
  const self = randomUUID();
  const teller = createTeller(pool, self);
  const listener = connecting.ownsSessions ? createListener(connecting, self, onNotice) : undefined;
  return {
    watch: (news, onChange) => listener?.watch(news, onChange) ?? { close() {} },
    tell: teller.tell,
    async close() {
      await teller.close();
      await listener?.close();
    },
  };
}

/**
 * Not in the transaction that it tells of: a transaction that notifies commits, fsync included,
 * under a lock that there is one of, and so commits would wait in line.
 * See PreCommit_Notify in PostgreSQL's src/backend/commands/async.c.
 */
function createTeller(pool: pg.Pool, self: string) {
  const waiting = new Set<News>();
  let telling: Promise<void> | undefined;
  const closing = new AbortController();

  async function tellAll(): Promise<void> {
    while (waiting.size > 0) {
      const names = [...waiting].map((news) => channels[news]);
      waiting.clear();
      await pool
        .query('select pg_notify(channel, $1) from unnest($2::text[]) as channel', [self, names])
        // The calls that need the database tell of it; and the slow polls look anyway.
        .catch(() => {});
      await sleep(shortestGapMs, undefined, closing).catch(() => {});
    }
    telling = undefined;
  }

  return {
    tell(news: ReadonlySet<News>) {
      for (const one of news) waiting.add(one);
      telling ??= tellAll();
    },
    async close() {
      closing.abort();
      await telling;
    },
  };
}

/** One connection, from the first watch on, made anew whenever it is lost. */
function createListener({ server, config }: Connecting, self: string, onNotice: Notice) {
  const watchers: Record<News, Set<() => void>> = { work: new Set(), events: new Set() };
  const closing = new AbortController();
  let client: pg.Client | undefined;
  let running: Promise<void> | undefined;

  async function listen(): Promise<void> {
    let pauseMs = reconnectMs.first;
    let lost = false;
    while (!closing.signal.aborted) {
      try {
        const connected = await connect();
        if (lost) onNotice(`${server}: listening again`);
        lost = false;
        pauseMs = reconnectMs.first;
        await untilLost(connected);
      } catch (error) {
        if (closing.signal.aborted) break;
        if (!lost) onNotice(`${server}: lost the connection that listens, polling`, error);
        lost = true;
      }
      await sleep(pauseMs * (0.5 + Math.random()), undefined, closing).catch(() => {});
      pauseMs = Math.min(reconnectMs.longest, 2 * pauseMs);
    }
  }

  async function connect(): Promise<pg.Client> {
    const connected = new pg.Client(config);
    connected.on('error', () => {}); // "end" follows.
    connected.on('notification', ({ channel, payload }) => {
      if (payload !== self) ring(...news.filter((one) => channels[one] === channel));
    });
    try {
      await connected.connect();
      client = connected;
      for (const one of news) if (watchers[one].size > 0) await subscribe(one);
    } catch (error) {
      client = undefined;
      connected.end().catch(() => {});
      throw error;
    }
    // Nobody told of what was committed before.
    ring(...news);
    return connected;
  }

  /** @throws the reason, sooner or later */
  async function untilLost(connected: pg.Client): Promise<never> {
    const heartbeat = setInterval(() => {
      connected.query('select 1').catch(() => connected.end().catch(() => {}));
    }, heartbeatMs);
    try {
      await once(connected, 'end', { signal: closing.signal });
      throw new Error('Connection ended');
    } finally {
      clearInterval(heartbeat);
      client = undefined;
      connected.end().catch(() => {});
    }
  }

  function ring(...which: News[]): void {
    for (const one of which) for (const onChange of [...watchers[one]]) onChange();
  }

  async function subscribe(one: News): Promise<void> {
    await client?.query(`listen ${channels[one]}`);
  }

  return {
    watch(one: News, onChange: () => void): WakeUp {
      const watch = () => onChange();
      watchers[one].add(watch);
      running ??= listen();
      // Somebody may have told of something before this was listened to.
      if (client && watchers[one].size === 1) subscribe(one).then(() => ring(one), lostAnyway);
      return {
        close() {
          watchers[one].delete(watch);
          if (watchers[one].size > 0) return;
          client?.query(`unlisten ${channels[one]}`).catch(lostAnyway);
        },
      };
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

const news = Object.keys(channels) as News[];

/** "end" follows, and everything is listened to again. */
function lostAnyway(): void {}
