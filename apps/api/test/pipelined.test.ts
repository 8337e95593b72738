import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createConnection } from 'node:net';
import { expect } from 'chai';
import { startServer } from '../src/server.ts';
import { headRead, headsRead } from './heads.ts';

describe('requests that are sent without waiting for answers', () => {
  it('begins a request when those in front of it on its connection are answered', async () => {
    const began: ServerResponse[] = [];
    const first = Promise.withResolvers<void>();
    const server = await startServer(
      (_req, res) => {
        began.push(res);
        first.resolve();
      },
      { host: '127.0.0.1', port: 0 },
    );
    const socket = createConnection(server.address.port, '127.0.0.1');
    const [read, end] = [headRead('/3'), once(socket, 'close')];
    socket.write(get('/1') + get('/2') + get('/3'));
    await Promise.all([first.promise, read]);
    for (const path of ['/1', '/2', '/3']) {
      expect(began.map(({ req }) => req.url).at(-1)).to.equal(path);
      const res = began.at(-1);
      if (path === '/3') res?.setHeader('Connection', 'close');
      res?.end();
      await once(res as ServerResponse, 'close');
      await new Promise(setImmediate);
    }
    socket.resume();
    await end;
    await server.stop(AbortSignal.abort());
  });

  it('begins nothing more for a connection that is gone', async () => {
    const began: string[] = [];
    const first = Promise.withResolvers<ServerResponse>();
    const server = await startServer(
      ({ url = '' }, res) => {
        began.push(url);
        first.resolve(res);
      },
      { host: '127.0.0.1', port: 0 },
    );
    const socket = createConnection(server.address.port, '127.0.0.1');
    const read = headRead('/2');
    socket.write(get('/1') + get('/2'));
    const [res] = await Promise.all([first.promise, read]);
    socket.destroy();
    await once(res, 'close');
    await server.stop(AbortSignal.abort());
    expect(began).to.deep.equal(['/1']);
  });

  it('answers thousands that were sent at once, in their order, and others in between', async () => {
    const most = 5_000;
    let began = 0;
    const server = await startServer(
      ({ url = '' }, res) => {
        if (url !== '/other') began += 1;
        res.end(url === '/other' ? `${began}` : `${url}\n`);
      },
      { host: '127.0.0.1', port: 0 },
    );
    const { port } = server.address;
    const paths = Array.from({ length: most }, (_, i) => `/${i}`);
    const socket = createConnection(port, '127.0.0.1').setEncoding('utf8');
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    const other = createConnection(port, '127.0.0.1');
    await once(other, 'connect');
    socket.write(paths.map(get).join('') + getLast);
    other.write(get('/other'));
    const [answer] = await once(other, 'data');
    expect(Number(/\d+$/.exec(`${answer}`)?.[0])).to.be.below(most);
    other.destroy();
    await once(socket, 'close');
    expect(text.match(/^\/(\d+|last)/gm)).to.deep.equal([...paths, '/last']);
    await server.stop(AbortSignal.abort());
  });

  it('reads no more of a connection on which a thousand wait, until they are fewer', async () => {
    const first = Promise.withResolvers<ServerResponse>();
    const server = await startServer(
      ({ url }, res) => void (url === '/first' ? first.resolve(res) : res.end()),
      { host: '127.0.0.1', port: 0 },
    );
    const most = 5_000;
    let read = 0;
    const count = () => (read += 1);
    subscribe(headsRead, count);
    const socket = createConnection(server.address.port, '127.0.0.1');
    socket.write(get('/first') + get('/').repeat(most) + getLast);
    const held = await first.promise;
    let before = -1;
    while (before < read) {
      before = read;
      for (let turns = 0; turns < 10; turns += 1) await new Promise(setImmediate);
    }
    expect(read).to.be.within(1_000, 4_000);
    held.end();
    await once(socket.resume(), 'close');
    expect(read).to.equal(most + 2);
    unsubscribe(headsRead, count);
    await server.stop(AbortSignal.abort());
  });
});

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

const getLast = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
