import { request } from 'node:http';
import { DatabaseUnavailable, type Metrics, type NewOrder, type Order } from '@orders/db';
import type { Log } from '@orders/runtime';
import { createApp } from '../src/app.ts';
import { startServer } from '../src/server.ts';
import type { Store } from '../src/store.ts';

export interface LogLine {
  level: string;
  message: string;
  [fact: string]: unknown;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test says itself what it expects in it
  json: any;
}

export interface Send {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export type Service = Awaited<ReturnType<typeof startService>>;

/** The service as it runs, on a port of its own, with orders kept in memory. */
export async function startService() {
  const lines: LogLine[] = [];
  const stopping = new AbortController();
  const store = storeInMemory();
  const app = createApp({
    store,
    log: logInto(lines),
    stopping: stopping.signal,
    validateResponses: true,
  });
  const server = await startServer(app, { host: '127.0.0.1', port: 0 });
  const { port } = server.address;

  return {
    store,
    lines,
    stopping,
    server,
    port,
    send: (path: string, sent: Send = {}) => send(port, path, sent),
    place: (order: unknown) =>
      send(port, '/order/', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: typeof order === 'string' ? order : JSON.stringify(order),
      }),
    /** Forgets what was placed and logged: one service may serve a whole suite. */
    reset() {
      store.placed.length = 0;
      store.figures = aMetrics();
      store.failure = undefined;
      lines.length = 0;
    },
    /** Stops the server, cutting off what still runs. */
    stop: () => server.stop(AbortSignal.abort()),
  };
}

/** Sends a path exactly as it is written: fetch would tidy it up first. */
function send(port: number, path: string, { method, headers, body }: Send): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(res.headers['content-type'] ?? '') && text !== '';
        const json = isJson ? JSON.parse(text) : undefined;
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

export function aMetrics(): Metrics {
  return {
    totalOrders: 15,
    pendingOrders: 5,
    processingOrders: 4,
    completedOrders: 3,
    failedOrders: 2,
    cancelledOrders: 1,
    avgProcessingTimeSec: 2.004,
    avgWaitTimeSec: 5.871,
    p50ProcessingTimeSec: 2.01,
    p95ProcessingTimeSec: 2.09,
    p99ProcessingTimeSec: 2.1,
    oldestPendingAgeSec: null,
    activeWorkers: 1,
  };
}

interface MemoryStore extends Store {
  placed: NewOrder[];
  figures: Metrics;
  /** While set, every call rejects with it. */
  failure: Error | undefined;
}

function storeInMemory(): MemoryStore {
  const store: MemoryStore = {
    placed: [],
    figures: aMetrics(),
    failure: undefined,
    async place(order) {
      await available();
      if (store.placed.some(({ orderId }) => orderId === order.orderId)) return 'duplicate';
      store.placed.push(order);
      return 'placed';
    },
    async find(orderId) {
      await available();
      const index = store.placed.findIndex((order) => order.orderId === orderId);
      const order = store.placed[index];
      return order && pending(order, index + 1);
    },
    async metrics() {
      await available();
      return store.figures;
    },
    checkWritable: available,
  };
  return store;

  async function available(): Promise<void> {
    if (store.failure) throw store.failure;
  }
}

export function databaseGone(): DatabaseUnavailable {
  return new DatabaseUnavailable('the disk is full: /secret/path/orders.db');
}

function pending(order: NewOrder, seq: number): Order {
  const waiting = { startedAt: null, finishedAt: null, notBefore: null, lastError: null };
  return { ...order, ...waiting, seq, status: 'PENDING', attempts: 0, placedAt: 1_767_605_400_120 };
}

function logInto(lines: LogLine[]): Log {
  const write = (level: string) => (facts: Record<string, unknown>, message: string) => {
    lines.push({ level, message, ...facts });
  };
  return { debug: write('debug'), info: write('info'), error: write('error') } as unknown as Log;
}
