import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  maxHeaderSize,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Problem, problemAnswer, problems } from './problems.ts';

export interface RunningServer {
  address: AddressInfo;
  /**
   * Takes no new connections and resolves when every request in hand is answered, or, once
   * `force` is aborted, cut off.
   */
  stop(force: AbortSignal): Promise<void>;
}

export interface ServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Further ones are closed at once. */
  readonly maxConnections?: number;
  /** For tests: other times than those that are promised. */
  readonly headMs?: number;
  readonly arrivalMs?: number;
}

/** Where so many requests of one connection are in hand, no more are read until some are answered. */
const mostInHand = 1_000;

/**
 * Listens for requests. The head of each has 20 seconds to arrive, all of it five minutes; one
 * whose answer has begun by then, a stream, goes on for as long as it is never silent for that long.
 *
 * Of those on one connection each begins when the one in front of it is answered: there is one answer
 * at a time in memory, however much was asked.
 *
 * @throws CannotListen when the port is taken, or the address is not this machine's
 */
export async function startServer(
  app: RequestListener,
  { host, port, maxConnections, headMs = 20_000, arrivalMs = 300_000 }: ServerOptions,
): Promise<RunningServer> {
  const headersTimeout = Math.min(headMs, arrivalMs);
  const server = createServer({
    headersTimeout,
    requestTimeout: arrivalMs,
    connectionsCheckingInterval: Math.min(headersTimeout, 5_000),
    // Node would refuse it in no words; the app does.
    requireHostHeader: false,
  });
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  // What each still has to be answered, in the order in which it was asked. Not one set of them all:
  // V8 replaces the table of a set that changes time and again, and each old table, which may be
  // garbage for long, leads to the next one and to all that stood in it. Copying that took a quarter
  // of the process's time.
  const connections = new Map<Socket, ServerResponse[]>();
  server.on('connection', (socket) => {
    connections.set(socket, []);
    socket.once('close', () => connections.delete(socket));
  });
  let stopping = false;
  function take(req: IncomingMessage, res: ServerResponse, begin: RequestListener): void {
    const { socket } = req;
    const inHand = connections.get(socket) ?? [];
    if (stopping) closeBehind(res, inHand.at(-1));
    // Behind a wish to upgrade, which is passed over, Node hears of no request that cannot be read:
    // it would be met with silence.
    if (req.headers.upgrade !== undefined) res.setHeader('Connection', 'close');
    inHand.push(res);
    res.once('close', () => {
      inHand.shift();
      if (inHand.length === mostInHand) socket.resume();
    });
    if (res.socket !== null) {
      begin(req, res);
      return;
    }
    // Behind another one Node gives it the socket when that is answered. Not at once then: thousands
    // of short answers, one after the other, would keep everybody else waiting.
    res.once('socket', () => setImmediate(() => socket.writable && begin(req, res)));
    // Not at once: Node reads on at the end of each request that has come.
    if (inHand.length > mostInHand) {
      process.nextTick(() => inHand.length > mostInHand && socket.pause());
    }
  }
  const begin: RequestListener = (req, res) => {
    if (!hasPath.test(req.url ?? '')) req.url = `/${req.url}`;
    app(req, res);
  };
  const inviteAndBegin: RequestListener = (req, res) => {
    res.writeContinue();
    begin(req, res);
  };
  server.on('request', (req, res) => take(req, res, begin));
  // RFC 9110, 10.1.1: what else somebody expects may be passed over. Node refuses it in no words.
  server.on('checkExpectation', (req, res) => take(req, res, begin));
  // Left to itself Node invites at once, between the head and the body of the answer in front.
  server.on('checkContinue', (req, res) => take(req, res, inviteAndBegin));
  server.on('clientError', async (error: NodeJS.ErrnoException, socket: Socket) => {
    const ofSocket = [...(connections.get(socket) ?? [])];
    // A refusal in front of these would be taken for the answer to the first of them.
    const whole = ofSocket.filter(({ req }) => req.complete && socket.writable);
    if (whole.length > 0) socket.pause();
    await Promise.all(whole.map((res) => once(res, 'close')));
    const answer = ofSocket.find((res) => !whole.includes(res) && res.socket === socket);
    if (!answer?.headersSent) refuse(error, socket);
    // Node says so once a request; from now on only silence ends it.
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
      socket.setTimeout(arrivalMs, () => socket.destroy());
    }
    // A refusal would stand in the middle of the answer.
    else socket.destroy();
  });
  server.listen(port, host);
  await once(server, 'listening').catch((error) => {
    throw new CannotListen(`HOST=${host} PORT=${port}: ${error.message}`, { cause: error });
  });

  return {
    address: server.address() as AddressInfo,
    async stop(force) {
      stopping = true;
      for (const [socket, inHand] of connections) {
        const last = inHand.at(-1);
        // One that never sent a request does not count as idle to Node.
        if (last === undefined) socket.destroy();
        // Whoever keeps the connection open would never let the server close.
        else if (!last.headersSent) closeBehind(last);
      }
      await closed(server, force);
    },
  };
}

/**
 * Has the connection closed behind the last answer: behind any before, what was asked after it would
 * never be answered.
 */
function closeBehind(last: ServerResponse, before?: ServerResponse): void {
  last.setHeader('Connection', 'close');
  const isToClose = before?.headersSent || before?.req.headers.upgrade !== undefined;
  if (!isToClose) before?.removeHeader('Connection');
}

/**
 * Targets in which Express finds a path (RFC 9112, 3.2.1 and 3.2.2). What it finds none in it would
 * answer by itself, in HTML; in `//a@b/#` it would take `a@b` for a host.
 */
const hasPath = /^(\/(?!\/[^/]*@)|https?:\/\/([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?([/?#]|$))/i;

/** The message says all there is to say to whoever starts the process. */
class CannotListen extends Error {
  override name = 'CannotListen';
  readonly forPeople = true;
}

async function closed(server: Server, force: AbortSignal): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  const cutOff = () => server.closeAllConnections();
  if (force.aborted) cutOff();
  force.addEventListener('abort', cutOff);
  await done;
  force.removeEventListener('abort', cutOff);
}

/** Answers what is not even HTTP, before it could become a request, or did not arrive in time. */
function refuse({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return;
  const problem = problemOf(code);
  const { status } = problems[problem.code];
  const requestId = randomUUID();
  const body = JSON.stringify(problemAnswer(problem, '', requestId));
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      `Content-Type: application/problem+json\r\nX-Request-Id: ${requestId}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  socket.destroySoon();
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem('head-too-large', `A head may have ${maxHeaderSize} bytes`);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem('request-timeout', 'The request did not arrive as a whole in time');
  }
  return new Problem('malformed-request', 'This is not HTTP as it should be');
}
