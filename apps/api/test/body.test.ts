import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createLog } from '@orders/runtime';
import { expect } from 'chai';
import express from 'express';
import { longestOrder, readBody } from '../src/body.ts';
import { answerErrors } from '../src/errors.ts';
import { linesOf } from '../src/lines.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { bytesHeld } from './memory.ts';

const head = 'POST /order/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
const mostBytes = 4 * 1024 * 1024;

describe('a body that comes byte by byte', () => {
  let server: RunningServer;
  let received = 0;
  let onData = () => {};
  afterEach(() => server.stop(AbortSignal.abort()));

  /** Reads any JSON, and answers how long the text in it is. */
  async function start(orderMs?: number): Promise<void> {
    const app = express();
    app.use((req, res, next) => {
      Object.assign(res.locals, { requestId: 'r', body: 'required', route: '/order/' });
      req.on('data', (chunk) => {
        received += chunk.length;
        onData();
      });
      next();
    });
    app.use(readBody(orderMs), (req, res) => void res.json(req.body.length));
    app.use(answerErrors(createLog('test', 'silent')));
    server = await startServer(app, { host: '127.0.0.1', port: 0 });
  }

  function connect(): { socket: Socket; answered: Promise<string> } {
    const socket = createConnection(server.address.port, '127.0.0.1').on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    return { socket, answered: once(socket, 'close').then(() => text) };
  }

  const name = '\x1f\x8b\x08\x08\0\0\0\0\0\xff';
  for (const [what, fields, first] of [
    ['as it is', 'Content-Type: application/json', '{'],
    ['compressed', 'Content-Type: application/json\r\nContent-Encoding: gzip', name],
  ] as const) {
    it(`is refused when its time is over: ${what}`, async () => {
      await start(50);
      const { socket, answered } = connect();
      socket.write(`${head}${fields}\r\nContent-Length: 1000\r\n\r\n${first}`, 'latin1');
      const drip = setInterval(() => socket.write(' '), 10);
      socket.once('data', () => clearInterval(drip));
      const text = await answered;
      clearInterval(drip);
      expect(text)
        .to.match(/^HTTP\/1.1 408 /)
        .and.match(/\r\nConnection: close\r\n/);
      expect(text).to.include('/problems/request-timeout');
    });
  }

  const json = Buffer.from(JSON.stringify('x'.repeat(longestOrder - 100)));
  for (const [what, fields, bytes] of [
    ['as it is', '', json],
    ['compressed', 'Content-Encoding: gzip\r\n', gzipSync(json, { level: 0 })],
  ] as const) {
    it(`takes no more memory than it has bytes, however it is cut up: ${what}`, async () => {
      await start();
      const type = `${fields}Content-Type: application/json\r\nTransfer-Encoding: chunked`;
      const chunks = Buffer.concat([...bytes].map((byte) => Buffer.from([...one, byte, ...end])));
      const before = bytesHeld();
      received = 0;
      const clients = Array.from({ length: 8 }, connect);
      for (const { socket } of clients) socket.write(`${head}${type}\r\n\r\n`);
      for (const { socket } of clients) socket.write(chunks);
      await new Promise<void>((resolve) => {
        onData = () => received === clients.length * bytes.length && resolve();
      });
      expect(bytesHeld() - before).to.be.below(mostBytes);
      for (const { socket } of clients) socket.write('0\r\n\r\n');
      const answers = await Promise.all(clients.map(({ answered }) => answered));
      for (const text of answers) expect(text).to.match(new RegExp(`\r\n${longestOrder - 100}$`));
    });
  }
});

const one = Buffer.from('1\r\n');
const end = Buffer.from('\r\n');

describe('a line that comes byte by byte', () => {
  it('takes no more memory than it has bytes', async () => {
    let held = 0;
    function* bytes() {
      const before = bytesHeld();
      for (let i = 0; i < longestOrder; i++) yield Buffer.from('x');
      held = bytesHeld() - before;
      yield Buffer.from('\ny');
    }
    const lines: unknown[] = [];
    const signal = new AbortController().signal;
    for await (const some of linesOf(Readable.from(bytes()), signal, Number.POSITIVE_INFINITY)) {
      lines.push(...some);
    }
    expect(lines).to.deep.equal(['x'.repeat(longestOrder), 'y']);
    expect(held).to.be.below(mostBytes);
  });
});
