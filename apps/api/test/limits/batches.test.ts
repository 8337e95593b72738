import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import type { Request, Response } from 'express';
import { takeTurns } from '../../src/limits/batches.ts';
import { order } from '../expectations.ts';
import { startService } from '../service.ts';

describe('batches that are held in memory', () => {
  let began: string[];
  let turns: ReturnType<typeof takeTurns>;
  beforeEach(() => {
    began = [];
    turns = takeTurns({ inAll: 3, ofClient: 2 });
  });

  /** Has a batch arrive. @returns what its client's going away, or its answer, does */
  function arrive(name: string, more: { lines?: boolean; query?: object; route?: string } = {}) {
    const { lines = false, query = {}, route = '/order/batch' } = more;
    const [user] = name;
    const req = { method: 'POST', query, is: () => lines && 'application/x-ndjson' };
    const res = Object.assign(new EventEmitter(), { locals: { route, caller: { user } } });
    turns(req as unknown as Request, res as unknown as Response, () => began.push(name));
    return () => void res.emit('close');
  }

  it('are so many at once, and the next begins when one is over', () => {
    const [a1] = [arrive('a1'), arrive('a2'), arrive('b1'), arrive('c1'), arrive('d1')];
    expect(began).to.deep.equal(['a1', 'a2', 'b1']);
    a1();
    expect(began).to.deep.equal(['a1', 'a2', 'b1', 'c1']);
  });

  it('are so many of one client, whose others do not keep back those of another', () => {
    const [a1] = [arrive('a1'), arrive('a2'), arrive('a3'), arrive('a4')];
    const b1 = arrive('b1');
    expect(began).to.deep.equal(['a1', 'a2', 'b1']);
    b1();
    expect(began).to.deep.equal(['a1', 'a2', 'b1']);
    a1();
    expect(began).to.deep.equal(['a1', 'a2', 'b1', 'a3']);
  });

  it('wait no longer when their client has gone, and take nobody’s turn', () => {
    const [a1, , a3] = [arrive('a1'), arrive('a2'), arrive('a3'), arrive('a4')];
    a3();
    a1();
    expect(began).to.deep.equal(['a1', 'a2', 'a4']);
  });

  it('are those with a body that is read as a whole, and nothing else', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4']) arrive(name);
    arrive('a5', { lines: true });
    arrive('a6', { route: '/order/' });
    arrive('a7', { lines: true, query: { error_policy: 'reject_everything' } });
    expect(began).to.deep.equal(['a1', 'a2', 'a5', 'a6']);
  });

  it('are all answered in the end', async () => {
    const service = await startService();
    const headers = { 'Content-Type': 'application/json' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const orders = [{ ...order, order_id: `o${i}` }];
        const body = JSON.stringify({ orders });
        return service.send('/order/batch', { method: 'POST', headers, body });
      }),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(20).fill(201));
    await service.stop();
  });
});
