import { join } from 'node:path';
import { findOrder } from '@orders/db';
import { expect } from 'chai';

import { placeAll } from '../src/place-all.ts';
import { eventually, serviceOfEachTest } from '../src/service.ts';

describe('the memory of a worker', () => {
  const service = serviceOfEachTest();

  it('has little room for what is thrown away soon, also in the thread of a processor', async () => {
    await placeAll(service.database, ['a']);
    const PROCESSOR = join(import.meta.dirname, '../../worker/test/processors/wasteful.ts');
    await service.worker({ PROCESSOR, MAX_ATTEMPTS: '1' });
    const { lastError } = await eventually(async () => {
      const order = await findOrder(service.database, 'a');
      return order?.status === 'FAILED' && order;
    });
    // Left to itself Node takes 32 MiB at first, and up to 104 under load.
    expect(Number(lastError)).to.be.within(1, 17 * 2 ** 20);
  });
});
