import type { Benchmark, Measure } from '../benchmark.ts';
import { type Load, placeOverHttp } from '../load.ts';
import { makeEmpty, verifyPlaced } from '../orders.ts';
import { startApi, startServer } from '../service.ts';

export const figure = 'orders/s';
export const latencies = { 'p50 ms': 'less', 'p99 ms': 'less' } as const;

const singly = 'ours, one transaction per request';
const unkept = 'ours, orders kept nowhere';
export const validated = 'Express + validator, no database';

export const placing: Benchmark = {
  name: 'placing',
  title: 'Placing orders over HTTP',
  how:
    'POST /order/ over connections that stay open, each order with an id of its own, for 3 s after ' +
    '1 s to warm up; client and server share the cores. "Express + validator" is Express with ' +
    'express.json() and express-openapi-validator with our contract and the options of the API, ' +
    'and nothing else: no log, no request id, no metrics; "ours, orders kept nowhere" is the API ' +
    'as it is with a placer that only says yes. Checked: every answer is 201, and every order that ' +
    'was answered is in the file, with history and counters.',
  secondsPerRun: 75,
  async run(bench) {
    for (const connections of [1, 16, 64, 256]) {
      const measures = {
        ours: kept(startApi),
        [singly]: kept(singlyServer),
        [validated]: unkeptMeasure('express', 'validated'),
        ...(connections === 64 && {
          [unkept]: unkeptMeasure('api', 'nowhere'),
          'Express + express.json()': unkeptMeasure('express'),
          'node:http': unkeptMeasure('node-http'),
        }),
      };
      const variants = Object.fromEntries(
        Object.entries(measures).map(([name, measure]) => [name, measure(connections)]),
      );
      await bench.compare({
        title: `${connections} connection${connections === 1 ? '' : 's'}`,
        figures: { [figure]: 'more', ...latencies },
        variants,
        targets:
          connections === 64
            ? [
                { of: 'ours', beside: validated, figure, atLeast: 0.85 },
                { of: 'ours', beside: unkept, figure, atLeast: 0.85 },
                { of: 'ours', beside: singly, figure, atLeast: 4 },
              ]
            : [],
      });
    }
  },
};

type Started = typeof startApi | typeof singlyServer;

const singlyServer = (scratch: Parameters<typeof startApi>[0], path: string) =>
  startServer(scratch, 'api', 'singly', path);

function kept(startIt: Started): (connections: number) => Measure {
  return (connections) => async (scratch) => {
    const path = scratch.path('orders.db');
    await makeEmpty(path);
    const server = await startIt(scratch, path);
    const warm = await placeOverHttp(scratch, server.url, { connections, seconds: 1 });
    const load = await placeOverHttp(scratch, server.url, { connections, seconds: 3 });
    await ('finish' in server ? server.finish() : server.stop());
    verifyPlaced(path, warm.answered + load.answered, 2 * connections);
    return figures(load);
  };
}

export function unkeptMeasure(name: string, ...args: string[]): (connections: number) => Measure {
  return (connections) => async (scratch) => {
    const server = await startServer(scratch, name, ...args, scratch.path('orders.db'));
    await placeOverHttp(scratch, server.url, { connections, seconds: 1 });
    const load = await placeOverHttp(scratch, server.url, { connections, seconds: 3 });
    await server.stop();
    return figures(load);
  };
}

export function figures({ perSecond, p50Ms, p99Ms }: Load) {
  return { [figure]: perSecond, 'p50 ms': p50Ms, 'p99 ms': p99Ms };
}
