import { setTimeout as sleep } from 'node:timers/promises';
import { closeDatabase, openDatabase, placeOrders } from '@orders/db';
import { findChromium, startChromium } from '@orders/e2e/browser';
import { type Bench, type Benchmark, type Measure, Unavailable } from '../benchmark.ts';
import { makeBig } from '../big-file.ts';
import { fileCache, makeEmpty, newOrder } from '../orders.ts';
import type { Scratch } from '../scratch.ts';
import { startApi } from '../service.ts';

const firstView = 's to the first view';
const cpu = 'CPU-s of the page until then';
const million = '1 million orders in the file';
const perSecond = 10_000;
const seconds = 5;

export const page: Benchmark = {
  name: 'page',
  title: 'The page, in Chromium',
  how:
    'The first view: from asking for the page, with nothing in the cache of a browser that runs, ' +
    'until the counts stand there and the newest 20 orders; and the CPU time that the thread of ' +
    'the page took for it. Under load: the page is open while ' +
    `${perSecond.toLocaleString('en')} orders a second are placed by packages/db for ${seconds} s; ` +
    'how much of that time its thread is in tasks of more than 50 ms (PerformanceObserver ' +
    'longtask), the longest one, and how long after the last order the page has counted all. API, ' +
    'browser and whoever places share the cores. Checked: it has counted every order.',
  secondsPerRun: 30,
  async run(bench) {
    await bench.compare({
      title: 'first view',
      figures: { [firstView]: 'less', [cpu]: 'less' },
      variants: {
        [million]: viewOf(bench, 1e6),
        '1 thousand orders in the file': viewOf(bench, 1000),
      },
      targets: [{ of: million, figure: firstView, atMost: 1 }],
    });
    await bench.compare({
      title: 'under load',
      figures: {
        '% of the time in long tasks': 'less',
        'longest task, ms': 'less',
        's behind': 'less',
      },
      variants: { [`${perSecond.toLocaleString('en')} events/s`]: underLoad },
    });
  },
};

function viewOf(bench: Bench, size: number): Measure {
  const cached = fileCache(bench.scratch);
  return async (scratch) => {
    const api = await startApi(scratch, await cached(`big-${size}`, (file) => makeBig(file, size)));
    const page = await openBrowser(scratch);
    const inspector = await page.context().newCDPSession(page);
    await inspector.send('Performance.enable', { timeDomain: 'threadTicks' });
    const begin = performance.now();
    await page.goto(`${api.url}/dashboard`);
    await page.getByRole('link', { name: `Completed ${size.toLocaleString('en')}` }).waitFor();
    await page.getByRole('row').nth(20).waitFor();
    const took = (performance.now() - begin) / 1000;
    const { metrics } = await inspector.send('Performance.getMetrics');
    const busy = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
    await api.finish();
    return { [firstView]: took, [cpu]: busy };
  };
}

const countLongTasks = `
  window.tasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.tasks.push(duration);
  }).observe({ type: 'longtask' });`;

async function underLoad(scratch: Scratch) {
  const path = scratch.path('orders.db');
  await makeEmpty(path);
  const api = await startApi(scratch, path);
  const page = await openBrowser(scratch);
  await page.goto(`${api.url}/dashboard`);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.evaluate(countLongTasks);

  const database = await openDatabase(`file:${path}`);
  const group = perSecond / 10;
  const begin = performance.now();
  for (let i = 0; i < seconds * 10; i += 1) {
    await sleep(Math.max(0, begin + i * 100 - performance.now()));
    const orders = Array.from({ length: group }, (_, j) => newOrder(i * group + j));
    await placeOrders(database, orders);
  }
  const end = performance.now();
  const all = (perSecond * seconds).toLocaleString('en');
  await page.getByText(`${all} orders placed, `).waitFor({ state: 'attached' });
  const behind = (performance.now() - end) / 1000;
  const tasks = (await page.evaluate('window.tasks')) as number[];
  await closeDatabase(database);
  await api.finish();
  const busyMs = tasks.reduce((sum, ms) => sum + ms, 0);
  return {
    '% of the time in long tasks': (100 * busyMs) / (end - begin),
    'longest task, ms': Math.max(0, ...tasks),
    's behind': behind,
  };
}

async function openBrowser(scratch: Scratch) {
  const chromium = findChromium();
  if (chromium === undefined) throw new Unavailable('Chromium is not installed');
  const browser = await startChromium(chromium);
  scratch.atEnd(() => browser.close());
  return browser.newPage({ locale: 'en-GB', viewport: { width: 1280, height: 1000 } });
}
