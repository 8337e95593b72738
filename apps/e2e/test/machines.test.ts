import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrder, readHistory } from '@orders/db';
import { kinds } from '@orders/db/testing';
import { expect } from 'chai';
import { makeNetwork, type Network, whyNoNetwork } from '../src/network.ts';
import { placeAll } from '../src/place-all.ts';
import { program } from '../src/processes.ts';
import { eventually, serviceOfEachTest } from '../src/service.ts';

const processor = join(import.meta.dirname, '../../worker/test/processors/by-order-id.mjs');

describe('workers on several machines', function () {
  this.timeout(60_000);
  const service = serviceOfEachTest(kinds.postgres);

  const place = (...orderIds: string[]) => placeAll(service.database, orderIds);

  const completed = (...orderIds: string[]) =>
    eventually(async () => {
      const orders = await Promise.all(orderIds.map((id) => findOrder(service.database, id)));
      return orders.every((order) => order?.status === 'COMPLETED');
    });

  const storyOf = async (orderId: string) =>
    (await readHistory(service.database, orderId)).map(({ type, attempt }) => `${type} ${attempt}`);

  describe('of which one is cut off', () => {
    let network: Network;
    let directory: string;
    before(function () {
      const reason = whyNoNetwork();
      if (reason === undefined) return;
      console.log(`      skipped: ${reason}`);
      this.skip();
    });
    beforeEach(async () => {
      network = await makeNetwork(service.url, 2);
      directory = mkdtempSync(join(tmpdir(), 'orders-machines-'));
    });
    afterEach(async () => {
      await network.remove();
      rmSync(directory, { recursive: true });
    });

    function worker(machine: number, env: Record<string, string>) {
      const [command, ...args] = network.on(machine);
      return service.start(command, [...args, process.execPath, ...program('worker')], {
        ...{ DATABASE_URL: network.urlAt(machine), LEASE_MS: '1000', LOG_LEVEL: 'debug' },
        ...env,
      });
    }

    it('have its orders completed by the others, and its late results refused', async () => {
      const until = join(directory, 'mended');
      await place('until:1', 'until:2');
      const lost = worker(0, {
        ...{ PROCESSOR: processor, UNTIL_FILE: until, WORKER_CONCURRENCY: '2' },
      });
      await lost.logged(({ msg, order_id }) => msg === 'order started' && order_id === 'until:2');
      const other = worker(1, { PROCESSING_TIME_MS: '10' });
      await other.logged(({ msg }) => msg === 'started');
      const whole = ['placed 0', 'started 1', 'interrupted 1', 'started 2', 'completed 2'];
      expect(await storyOf('until:1')).to.deep.equal(whole.slice(0, 2));

      network.cut(0);
      await completed('until:1', 'until:2');
      other.signal('SIGSTOP');
      writeFileSync(until, '');
      await eventually(async () => readFileSync(until, 'utf8').split('\n').length === 3);
      network.mend(0);
      await lost.logged(({ msg }) => msg === 'registered anew');
      // Its next orders come after all that it still had to say of the last ones.
      await place('until:3');
      await completed('until:3');

      for (const orderId of ['until:1', 'until:2']) {
        expect(await storyOf(orderId)).to.deep.equal(whole);
        const history = await readHistory(service.database, orderId);
        expect(history[1]?.worker).to.not.equal(history[3]?.worker);
      }
      expect(await storyOf('until:3')).to.deep.equal(['placed 0', 'started 1', 'completed 1']);
      const dropped = lost.lines.filter(({ msg }) => msg === 'claim was lost, result dropped');
      expect(dropped.map(({ order_id }) => order_id)).to.have.members(['until:1', 'until:2']);
    });
  });

  describe('whose clocks are two hours apart', () => {
    let preload: string;
    before(function () {
      try {
        const env = execFileSync('faketime', ['-f', '+1h', 'env'], { encoding: 'utf8' });
        preload = /^LD_PRELOAD=(.*)$/m.exec(env)?.[1] ?? '';
      } catch {
        console.log('      skipped: faketime is not installed');
        this.skip();
      }
    });

    it("agree by the server's: none takes another for dead, nor a dead one for alive", async () => {
      const at = (offset: string) => ({ LD_PRELOAD: preload, FAKETIME: offset });
      const env = { LEASE_MS: '1500', PROCESSING_TIME_MS: '2000', DONT_FAKE_MONOTONIC: '1' };
      const [early, late] = await Promise.all([
        service.worker({ ...env, ...at('-1h') }),
        service.worker({ ...env, ...at('+1h') }),
      ]);
      const timeOf = ({ lines }: typeof early) => Date.parse(String(lines[0]?.time));
      expect(timeOf(late) - timeOf(early)).to.be.within(7_000_000, 7_400_000);

      await place('o1', 'o2');
      await completed('o1', 'o2');
      for (const orderId of ['o1', 'o2']) {
        expect(await storyOf(orderId)).to.deep.equal(['placed 0', 'started 1', 'completed 1']);
        const {
          placedAt = 0,
          startedAt,
          finishedAt,
        } = (await findOrder(service.database, orderId)) ?? {};
        expect(startedAt).to.be.within(placedAt, placedAt + 20_000);
        expect(finishedAt).to.be.within(Number(startedAt) + 1990, placedAt + 30_000);
      }

      await place('o3', 'o4');
      await eventually(async () => (await storyOf('o4')).includes('started 1'));
      late.signal('SIGKILL');
      await completed('o3', 'o4');
      const stories = await Promise.all(['o3', 'o4'].map(storyOf));
      expect(stories.flat().filter((event) => event === 'interrupted 1')).to.have.length(1);
      expect(await early.stop()).to.equal(0);
    });
  });
});
