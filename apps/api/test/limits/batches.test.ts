import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import type { NextFunction, Request, Response } from 'express';
import { takeTurns } from '../../src/limits/batches.ts';
import { Problem } from '../../src/problems.ts';
import { expectFaults, expectNoErrors, order } from '../expectations.ts';
import { startService } from '../service.ts';

describe('batches that are held in memory', () => {
  let began: string[];
  let gaveUp: PromiseWithResolvers<string>;
  let turns: ReturnType<typeof takeTurns>;
  beforeEach(() => {
    began = [];
    gaveUp = Promise.withResolvers();
    turns = takeTurns({ inAll: 3, ofClient: 2, waitingOfClient: 3 });
  });

  /** Has a batch arrive. @returns what its client's going away, or its answer, does */
  function arrive(name: string, more: { lines?: boolean; query?: object; route?: string } = {}) {
    const { lines = false, query = {}, route = '/order/batch' } = more;
    const [user] = name;
    const req = { method: 'POST', query, is: () => lines && 'application/x-ndjson' };
    const locals = { route, caller: { user } };
    const res = Object.assign(new EventEmitter(), { locals, setTimeout() {} });
    turns(req as unknown as Request, res as unknown as Response, (problem?: unknown) => {
      if (problem instanceof Problem) gaveUp.resolve(`${name} ${problem.code}`);
      else began.push(name);
    });
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

  it('may wait in small numbers of each client, and no more', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) arrive(name);
    expect(() => arrive('a6')).to.throw(Problem, 'A client may have 3 batches wait at once');
    arrive('b1');
    expect(began).to.deep.equal(['a1', 'a2', 'b1']);
  });

  it('wait for so long, and then are told so and take nobody’s turn', async () => {
    turns = takeTurns({ inAll: 3, ofClient: 1, waitMs: 1 });
    const [a1, a2] = [arrive('a1'), arrive('a2')];
    expect(await gaveUp.promise).to.equal('a2 too-many-batches');
    a2();
    arrive('a3');
    a1();
    expect(began).to.deep.equal(['a1', 'a3']);
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

  it('have their turn also behind those who never read their answers', async () => {
    const turn = takeTurns({ inAll: 2, ofClient: 2, unreadMs: 20 });
    const body = Buffer.alloc(64 * 1024 * 1024);
    const server = createServer((req, res) => {
      const locals = { route: '/order/batch', caller: { user: 'a' } };
      const asked = Object.assign(req, { query: {}, is: () => false });
      const answer = Object.assign(res, { locals }) as unknown as ServerResponse;
      const next = () => void answer.end(req.url === '/large' ? body : '');
      turn(asked as unknown as Request, answer as Response, next as NextFunction);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = (path: string) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
      return socket;
    };
    const unread = [ask('/large').pause(), ask('/large').pause()];
    for (let asked = 0; asked < 2; asked += 1) await once(server, 'request');
    const third = ask('/small');
    const [bytes] = await once(third, 'data');
    expect(`${bytes}`).to.match(/^HTTP\/1.1 200 /);
    for (const socket of [...unread, third]) socket.destroy();
    await new Promise((closed) => server.close(closed));
  });

  it('are refused for brackets in their query without a turn', async () => {
    const service = await startService();
    const holders = await takeAllTurns(service.port);
    const answer = await service.send('/order/batch?[a]=1', { method: 'POST' });
    expectFaults(answer, [['[a]', 'additionalProperties']]);
    for (const holder of holders) holder.destroy();
    await service.stop();
  });

  it('are not heaped up by one connection while all turns of its client are taken', async () => {
    const service = await startService();
    const holders = await takeAllTurns(service.port);
    const heap = connect(service.port, '127.0.0.1');
    const more = 150;
    const small = `${post}Content-Length: 2\r\n\r\n{}`;
    await new Promise((sent) => heap.write(small.repeat(more), sent));
    // Asked for after those have arrived, and so answered after they were looked at.
    expect((await service.send('/livez')).status).to.equal(200);
    for (const holder of holders) holder.destroy();
    // More than may wait of a client: on one connection one does.
    expect(await statusesOf(heap, more)).to.deep.equal(Array(more).fill(422));
    heap.destroy();
    expectNoErrors(service.lines);
    await service.stop();
  });
});

const post = 'POST /order/batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

/** Batches of one client that never arrive, as many as are read at once. */
async function takeAllTurns(port: number): Promise<Socket[]> {
  const holders = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  for (const holder of holders) {
    holder.write(`${post}Expect: 100-continue\r\nContent-Length: 16000000\r\n\r\n`);
    await once(holder, 'data');
  }
  return holders;
}

/** The statuses of so many answers on one connection, in their order. */
async function statusesOf(socket: Socket, count: number): Promise<number[]> {
  let text = '';
  for await (const chunk of socket.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk;
    const heads = [...text.matchAll(/HTTP\/1.1 (\d+) /g)];
    if (heads.length === count) return heads.map(([, status]) => Number(status));
  }
  throw new Error(`the connection ended early: ${text}`);
}
