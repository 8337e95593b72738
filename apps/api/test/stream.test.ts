import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createConnection } from 'node:net';
import { expect } from 'chai';
import { openStream, overSignal } from '../src/feed/stream.ts';

describe('a stream of events', () => {
  const server = createServer();
  before(() => once(server.listen(0, '127.0.0.1'), 'listening'));
  after(() => void server.close());

  async function connect() {
    const { port } = server.address() as AddressInfo;
    const socket = createConnection(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [, res] = (await once(server, 'request')) as [unknown, ServerResponse];
    return { socket, res, over: overSignal(res) };
  }
  const stopping = new AbortController().signal;

  it('says now and then that it is alive, and up to where it has told everything', async () => {
    const { socket, res, over } = await connect();
    const stream = openStream(res, { after: 7, over, stopping, heartbeatMs: 5 });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (text.split(': nothing new\nid: 7\n\n').length === 3) stream.send(Buffer.from(''), 9);
      if (text.includes(': nothing new\nid: 9\n\n')) stream.end();
    });
    await once(socket, 'end');
    expect(text).to.include('retry: 3000\nid: 7\n\n');
    socket.destroy();
  });

  it('cuts off a reader that does not read, and keeps no more for it than it may', async () => {
    const { socket, res, over } = await connect();
    socket.pause();
    const maxUnreadBytes = 256 * 1024;
    const stream = openStream(res, { after: 0, over, stopping, maxUnreadBytes });
    const frames = Buffer.alloc(64 * 1024, ':');
    let most = 0;
    for (let sent = 0; !res.destroyed; sent++) {
      // What the operating system keeps for a connection has its bounds.
      if (sent > 1000) throw new Error('it was not cut off');
      most = Math.max(most, res.writableLength);
      stream.send(frames, sent);
      await new Promise(setImmediate);
    }
    expect(most).to.be.within(maxUnreadBytes, maxUnreadBytes + 2 * frames.length);
    stream.send(frames, 0);
    expect(over.aborted).to.equal(true);
    await stream.drained();
    socket.destroy();
  });

  it('cuts off a reader that leaves a page of the past unread', async () => {
    const { socket, res, over } = await connect();
    socket.pause();
    const stream = openStream(res, { after: 0, over, stopping, unreadMs: 10 });
    stream.send(Buffer.alloc(64 * 1024 * 1024, ':'), 1);
    await stream.drained();
    expect(over.aborted).to.equal(true);
    socket.destroy();
  });
});
