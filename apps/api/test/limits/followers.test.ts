import { expect } from 'chai';
import { as, verifier } from '../auth/given.ts';
import { expectNoErrors, expectProblem, order } from '../expectations.ts';
import { readStream } from '../reader.ts';
import { type Service, startService } from '../service.ts';

describe('clients that wait and follow', () => {
  let service: Service;
  let headers: Record<string, Record<string, string>>;
  beforeEach(async () => {
    service = await startService(undefined, verifier(), {
      mostFollowers: 3,
      mostFollowersPerClient: 2,
    });
    const scope = 'orders:read orders:write';
    headers = { user_1: await as('user_1', scope), user_2: await as('user_2', scope) };
    for (const user_id of ['user_1', 'user_2']) {
      const body = JSON.stringify({ ...order, order_id: user_id, user_id });
      const type = { 'Content-Type': 'application/json' };
      await service.send('/order/', {
        ...{ method: 'POST', body, headers: { ...headers[user_id], ...type } },
      });
    }
  });
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.stop();
  });
  const follow = (user: string, path = '/events') =>
    readStream(service.port, path, undefined, headers[user]);
  const refused = (user: string, path: string) =>
    service.send(path, { headers: { ...headers[user], Accept: 'text/event-stream' } });

  it('are so many of one user, and no more', async () => {
    const [first] = [await follow('user_1'), await follow('user_1', '/order/user_1/events')];
    for (const path of ['/events', '/order/user_1/events', '/order/user_1?wait=9']) {
      const answer = await refused('user_1', path);
      expectProblem(answer, 'too-many-requests', 'A client may wait for and follow 2 at once');
      expect(answer.headers['retry-after']).to.equal('5');
    }
    await follow('user_2');
    first.leave();
    await first.over;
    await until(async () => (await refused('user_1', '/order/user_1?wait=0')).status === 200);
    // Its place is free as soon as the service has seen that it is gone.
    await until(() =>
      follow('user_1').then(
        () => true,
        () => false,
      ),
    );
  });

  it('are so many in all, and no more', async () => {
    await Promise.all([follow('user_1'), follow('user_1'), follow('user_2')]);
    const answer = await refused('user_2', '/order/user_2?wait=9');
    expectProblem(answer, 'too-many-followers');
    expect(answer.headers['retry-after']).to.equal('5');
  });

  it('take up no place with what is told at once', async () => {
    await Promise.all([follow('user_1'), follow('user_1')]);
    const get = (path: string) => service.send(path, { headers: headers.user_1 ?? {} });
    for (const path of [
      '/order/user_1',
      '/order/user_1?wait=0',
      '/events',
      '/order/user_1/events',
    ]) {
      expect((await get(path)).status, path).to.equal(200);
    }
    expect((await get('/order/unknown?wait=9')).status).to.equal(404);
    await service.file.writer
      .updateTable('orders')
      .set({ status: 'COMPLETED', finished_at: 1 })
      .execute();
    expect((await get('/order/user_1?wait=9')).status).to.equal(200);
  });
});

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look()));
}
