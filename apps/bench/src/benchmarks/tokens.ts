import type { Benchmark, Measure } from '../benchmark.ts';
import { placeOverHttp } from '../load.ts';
import { makeEmpty, verifyPlaced } from '../orders.ts';
import { cpuSeconds } from '../proc.ts';
import { startApi } from '../service.ts';
import { makeTokens, secret } from '../tokens.ts';
import { figure, figures, latencies } from './placing.ts';

const cpu = 'us of CPU an order';

const connections = 64;
/** Twice as many as the API remembers, in turn: none is still known when it comes again. */
const moreThanKnown = 20_000;

export const tokens: Benchmark = {
  name: 'tokens',
  title: 'Placing orders with tokens',
  how:
    'As above, with authentication (HS256): all requests with one token, with as many as there ' +
    'are connections, and each with one that has to be verified, since 20,000 come in turn and ' +
    'the API remembers the last 10,000. CPU is that of the API process. ' +
    'Checked: every answer is 201, and every order that was answered is in the file.',
  secondsPerRun: 25,
  async run(bench) {
    await bench.compare({
      title: `with tokens, ${connections} connections`,
      figures: { [figure]: 'more', [cpu]: 'less', ...latencies },
      variants: {
        'no token is asked for': placed(0),
        'one token, known': placed(1),
        [`${connections} tokens, known`]: placed(connections),
        'a token for each request': placed(moreThanKnown),
      },
    });
  },
};

function placed(count: number): Measure {
  return async (scratch) => {
    const path = scratch.path('orders.db');
    await makeEmpty(path);
    const api = await startApi(scratch, path, count > 0 ? { AUTH_JWT_SECRET: secret } : {});
    const tokens = makeTokens(count);
    // Backwards: none of those that are remembered from it comes while it still is.
    const warming = { connections, seconds: 1, tokens: tokens.toReversed() };
    const warm = await placeOverHttp(scratch, api.url, warming);
    const before = cpuSeconds(api.pid);
    const load = await placeOverHttp(scratch, api.url, { connections, seconds: 3, tokens });
    const usedSec = cpuSeconds(api.pid) - before;
    await api.finish();
    verifyPlaced(path, warm.answered + load.answered, 2 * connections);
    return { ...figures(load), [cpu]: (usedSec * 1e6) / load.answered };
  };
}
