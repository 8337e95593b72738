import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { SeenAnswer } from '../../contract-check.ts';
import { readAnswer } from './answer.ts';

/** Bytes for one connection, and what may be expected of them. */
export interface Sending {
  /** The methods of the requests in them, in their order: an answer to HEAD has no body. */
  readonly methods: readonly string[];
  readonly bytes: Buffer;
  /** Where the bytes are cut into pieces that travel one after the other. */
  readonly cuts: readonly number[];
  /** Between two pieces, in milliseconds. */
  readonly pauseMs: number;
  /**
   * `answers`: each request can be told from the next, and gets its answer. `end`: it breaks off;
   * the connection is closed from here when all is sent. `leave`: whoever sent it goes away.
   */
  readonly until: 'answers' | 'end' | 'leave';
}

/** What came back. */
export interface Exchange {
  readonly answers: readonly SeenAnswer[];
  /** Bytes behind the last answer that are none. */
  readonly rest: string;
  /** Whether the service has closed the connection. */
  readonly closed: boolean;
}

/** No answer within this time is a fault. */
const patienceMs = 5_000;
const restlessMs = 3;

/** One client with a connection that it uses as long as it may. */
export function createWire(port: number) {
  let kept: Socket | undefined;

  async function connection(): Promise<Socket> {
    if (kept && !kept.destroyed && kept.writable) return kept;
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  return {
    /** Sends bytes and reads answers until they are all there or the connection is closed. */
    async exchange({ methods, bytes, cuts, pauseMs, until }: Sending): Promise<Exchange> {
      const socket = await connection();
      kept = undefined;
      let text = Buffer.alloc(0);
      const answers: SeenAnswer[] = [];
      const over = Promise.withResolvers<void>();
      const read = (chunk?: Buffer) => {
        if (chunk) text = Buffer.concat([text, chunk]);
        while (answers.length < methods.length) {
          const next = readAnswer(text, methods[answers.length] ?? '', chunk === undefined);
          if (next === undefined) break;
          text = text.subarray(next.length);
          if (next.answer) answers.push(next.answer);
        }
        if (until === 'answers' && answers.length === methods.length) over.resolve();
      };
      let closed = false;
      const onClose = () => {
        closed = true;
        read();
        over.resolve();
      };
      socket.on('data', read).once('close', onClose);

      for (const [i, piece] of pieces(bytes, cuts).entries()) {
        if (i > 0) await sleep(pauseMs);
        if (!socket.writable) break;
        socket.write(piece);
      }
      if (until === 'end') socket.end();
      if (until === 'leave') {
        await sleep(restlessMs);
        socket.destroy();
      }
      const timer = setTimeout(over.resolve, patienceMs);
      await over.promise;
      clearTimeout(timer);
      socket.off('data', read).off('close', onClose);
      const wantsEnd = answers.some((answer) => answer.header('Connection') === 'close');
      if (until === 'answers' && !closed && !wantsEnd && text.length === 0) kept = socket;
      else socket.destroy();
      // Who was not understood may have asked for a head only.
      const rest = wantsEnd && methods.includes('HEAD') ? '' : text.toString('latin1');
      return { answers, rest, closed };
    },
    close: () => void kept?.destroy(),
  };
}

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b)];
  return places
    .map((from, i) => bytes.subarray(from, places[i + 1]))
    .filter((piece) => piece.length > 0);
}
