import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { components } from '@orders/contract';
import { type NewOrder, placeOrders, register } from '@orders/db';
import type { AxeResults } from 'axe-core';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { findChromium, startChromium } from '../src/browser.ts';
import { makePast } from '../src/past.ts';
import { freePort, serviceOfEachTest } from '../src/service.ts';
import { openShop, orderBody } from '../src/shop.ts';

type Metrics = components['schemas']['Metrics'];

const processor = join(import.meta.dirname, '../../worker/test/processors/by-order-id.mjs');
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const chromium = findChromium();
const skipped = chromium ? '' : ' (skipped: there is no Chromium on this machine)';

describe(`the dashboard, in a browser${skipped}`, function () {
  this.timeout(120_000);
  const service = serviceOfEachTest();
  let browser: Browser;
  let complaints: string[] = [];
  before(async function () {
    if (chromium === undefined) return this.skip();
    browser = await startChromium(chromium);
  });
  after(() => browser?.close());
  afterEach(() => expect(complaints).to.deep.equal([]));

  /** Opens the page; what its console complains of fails the test. */
  async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    complaints = [];
    const page = await browser.newPage({ locale: 'en-GB', ...options });
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (line) => {
      // A service that is away is not the page's fault.
      const expected = /^Failed to load resource: .*(net::ERR|401|403)/.test(line.text());
      if (line.type() === 'error' && !expected) complaints.push(line.text());
    });
    await page.goto(url);
    return page;
  }

  const tile = (page: Page, status: string, count: number) =>
    page.getByRole('link', { name: `${status} ${count}`, exact: true });
  const row = (page: Page, orderId: string, status: string) =>
    page.getByRole('row').filter({ hasText: orderId }).filter({ hasText: status });

  it('shows what goes on, and cancels and retries by clicking', async () => {
    const [api] = await Promise.all([
      service.api(),
      service.worker({ PROCESSOR: processor, MAX_ATTEMPTS: '1', WORKER_CONCURRENCY: '2' }),
    ]);
    const shop = openShop(api.url, 1);
    const page = await open(api.url);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('No order has been placed yet.').waitFor();
    await page.getByRole('row', { name: 'Average – –' }).waitFor();

    await shop.place(orderBody('heed:1'));
    await tile(page, 'Processing', 1).waitFor();
    await row(page, 'heed:1', 'Processing').waitFor();
    await shop.place(orderBody('throw:1'));
    await shop.place(orderBody('throw:2', { user_id: 'other' }));
    await shop.place(orderBody('done:1'));
    await tile(page, 'Completed', 1).waitFor();
    await tile(page, 'Failed', 2).waitFor();
    await row(page, 'throw:1', 'Failed').waitFor();
    await page.getByText('4 orders placed, 1 completed, 2 failed.').waitFor();

    await page.getByRole('button', { name: 'Pause' }).click();
    await shop.place(orderBody('done:2'));
    await page.getByText('1 placed meanwhile').waitFor();
    expect(await row(page, 'done:2', '').count()).to.equal(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await row(page, 'done:2', 'Completed').waitFor();

    await page.getByRole('link', { name: 'heed:1' }).last().click();
    await page.getByText('A worker has been at it for').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByLabel('Why').fill('changed my mind');
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByText('Cancelling asked for').waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: /^Cancelled/ })
      .waitFor();
    await page.getByText('changed my mind').waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('To be tried again, by request').waitFor();
    await page.getByText('A worker has been at it for').waitFor();

    await page.goBack();
    await page.getByLabel('User').fill('other');
    await page.getByRole('button', { name: 'Find' }).click();
    await row(page, 'throw:1', '').waitFor({ state: 'detached' });
    await row(page, 'throw:2', 'Failed').waitFor();
    await tile(page, 'Failed', 2).click();
    await page.getByRole('button', { name: 'Retry all failed orders' }).click();
    // Pressed before the question is open, Escape answers nothing.
    await page.getByRole('button', { name: 'Retry 2 orders' }).waitFor();
    await page.keyboard.press('Escape');
    expect((await shop.get('throw:1')).body).to.include({ attempts: 1, status: 'Failed' });
    await page.getByRole('button', { name: 'Retry all failed orders' }).click();
    await page.getByRole('button', { name: 'Retry 2 orders' }).click();
    await page.getByText('2 orders will be tried again.').waitFor();
    await tile(page, 'Failed', 2).waitFor();
    const history = await fetch(`${api.url}/order/throw:1/events`);
    expect(await history.text()).to.include('order.retried');
    shop.close();
  });

  it('says that the connection is gone, and goes on where it stopped', async () => {
    const PORT = await freePort();
    const before = await service.api({ PORT });
    const page = await open(before.url);
    await page.getByText('Live', { exact: true }).waitFor();
    await before.stop();
    await page.getByText('The connection to the service is gone.').waitFor();
    await placeOrders(service.database, [newOrder('meanwhile')]);
    await service.api({ PORT });
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 2000 })
      .catch(() => {});
    await page.getByText('Live', { exact: true }).waitFor();
    await tile(page, 'Pending', 1).waitFor();
    await row(page, 'meanwhile', 'Pending').waitFor();
    await page.getByText('No worker is running: 1 order waits.').waitFor();
    // Told by the feed, not only found in the figures.
    await page.getByText('1 order placed, 0 completed, 0 failed.').waitFor();
  });

  it('asks for a token where the service does, and forgets it with the page', async () => {
    const api = await service.api({ AUTH_JWT_SECRET: secret });
    const page = await open(api.url);
    const give = async (token: string) => {
      await page.getByLabel('Token').fill(token);
      await page.keyboard.press('Enter');
    };
    await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    await give('not.a.token');
    await page.getByText('This token is not accepted.').waitFor();
    await give(tokenFor('clerk', 'orders:read'));
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('This needs the scope orders:admin').waitFor();

    await page.getByRole('button', { name: 'Forget token' }).click();
    await give(tokenFor('boss', 'orders:admin metrics:read'));
    await page.getByText('Live', { exact: true }).waitFor();
    await tile(page, 'Pending', 0).waitFor();
    await page.getByText('0 alive').waitFor();
    const kept = 'localStorage.length + sessionStorage.length + document.cookie.length';
    expect(await page.evaluate(kept)).to.equal(0);

    for (let i = 0; i <= 100; i += 1) await register(service.database, `idle:${i}`, 60_000);
    await placeOrders(service.database, [newOrder('unseen')]);
    await page.getByText('100 or more alive').waitFor();

    // Who may read the figures only is told nothing that they do not say.
    await page.getByRole('button', { name: 'Forget token' }).click();
    await give(tokenFor('meter', 'metrics:read'));
    await page.getByText('1 order waits.', { exact: true }).waitFor();
    await page.getByText('What happened is not known.').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
  });

  it('is small, can be read by everybody, and fits a phone', async () => {
    await makePast(service.url, Date.now());
    const api = await service.api();
    // Those of the README: SCREENSHOTS=apps/dashboard/screenshots npm test apps/e2e/test/dashboard.test.ts
    const folder = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'orders-shots-'));
    const shoot = async (page: Page, name: string) => {
      const path = join(folder, `${name}.png`);
      await page.screenshot({ path });
      expect(statSync(path).size, name).to.be.below(200_000);
    };
    const viewport = { width: 1280, height: 1040 };

    const page = await open('about:blank', { viewport, colorScheme: 'light' });
    const sizes = new Map<string, number>();
    page.on('response', async (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.startsWith('/dashboard')) return;
      sizes.set(pathname, Number(await response.headerValue('content-length')));
      expect(await response.headerValue('content-encoding')).to.equal('gzip');
    });
    // What comes over plain HTTP: browsers take br only where it is encrypted, or local.
    await page.setExtraHTTPHeaders({ 'Accept-Encoding': 'gzip' });
    await page.goto(api.url);
    await page.getByRole('row').nth(20).waitFor();
    expect(sizes.size).to.be.at.least(3);
    expect([...sizes.values()].reduce((sum, size) => sum + size, 0)).to.be.below(60_000);

    await page.getByText('2 alive').waitFor();
    const said = await page.getByText(/^[1-9]\d* orders placed, /).textContent();
    const { total_orders } = (await (await fetch(`${api.url}/metrics/`)).json()) as Metrics;
    // All but those of the first seconds, which are more than five minutes ago by now.
    expect(Number.parseInt(said ?? '', 10)).to.be.above(total_orders * 0.9);
    await shoot(page, 'light');
    await expectReadable(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(page, 'dark');
    await expectReadable(page);

    await page.getByRole('link', { name: /^Failed/ }).click();
    const failed = page.getByRole('table').last().getByRole('link').first();
    await row(page, '', 'Completed').first().waitFor({ state: 'detached' });
    await failed.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Failed for good').waitFor();
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 860 });
    await shoot(page, 'order');
    await expectReadable(page);

    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('link', { name: 'All orders' }).click();
    await page.getByRole('row').nth(20).waitFor();
    await expectReadable(page);
    await shoot(page, 'phone');
    for (const width of [390, 768, 1024]) {
      await page.setViewportSize({ width, height: 844 });
      const overflow = 'document.documentElement.scrollWidth - innerWidth';
      expect(await page.evaluate(overflow), `${width} wide`).to.be.at.most(0);
    }

    // Nothing happens here any more. Within three seconds there is one sign of life at the most.
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await sleep(3000);
    expect(asked).to.deep.equal([...new Set(asked)]);
    if (!process.env.SCREENSHOTS) rmSync(folder, { recursive: true });
  });
});

const newOrder = (orderId: string): NewOrder => ({
  ...{ orderId, userId: 'user_1', itemIds: 'item_1', totalMinor: 100, currency: 'USD' },
  requestId: 'r',
});

const secret = 'a secret of at least thirty-two bytes';

/** A token as anybody makes one who knows the secret (RFC 7515). */
function tokenFor(sub: string, scope: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 60;
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub, scope, exp })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** No finding of axe that is serious or worse. */
async function expectReadable(page: Page): Promise<void> {
  // Evaluated, not added as a tag: the page's policy lets no inline script run.
  await page.evaluate(readFileSync(axe, 'utf8'));
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect(told).to.deep.equal([]);
}
