import { createConnection } from 'node:net';
import { createLog } from '@orders/runtime';
import { expect } from 'chai';
import express from 'express';
import { readBody } from '../src/body.ts';
import { answerErrors } from '../src/errors.ts';
import { type RunningServer, startServer } from '../src/server.ts';

describe('a body that comes byte by byte', () => {
  let server: RunningServer;
  before(async () => {
    const app = express();
    app.use((_req, res, next) => {
      Object.assign(res.locals, { requestId: 'r', body: 'required', route: '/order/' });
      next();
    });
    app.use(readBody(50), answerErrors(createLog('test', 'silent')));
    server = await startServer(app, { host: '127.0.0.1', port: 0 });
  });
  after(() => server.stop(AbortSignal.abort()));

  for (const [what, type] of [
    ['plain JSON', 'application/json'],
    ['JSON that is looked at more closely', 'application/json; charset="utf-8"'],
  ]) {
    it(`is refused when its time is over: ${what}`, async () => {
      const socket = createConnection(server.address.port, '127.0.0.1').on('error', () => {});
      const head = `Host: a\r\nContent-Type: ${type}\r\nContent-Length: 1000`;
      socket.write(`POST /order/ HTTP/1.1\r\n${head}\r\n\r\n{`);
      const drip = setInterval(() => socket.write(' '), 10);
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
        clearInterval(drip);
      });
      await new Promise((resolve) => socket.once('close', resolve));
      clearInterval(drip);
      expect(text)
        .to.match(/^HTTP\/1.1 408 /)
        .and.match(/\r\nConnection: close\r\n/);
      expect(text).to.include('/problems/request-timeout');
    });
  }
});
