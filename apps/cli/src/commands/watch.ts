import type { components } from '@orders/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { EventSource } from 'eventsource';

import { examples, parseWholeNumber, serviceOf, wantsJson } from '../command.ts';
import { exit, Failure, isUnavailable } from '../failure.ts';
import { refusal, type Service } from '../service.ts';
import { eventLine, writeJson, writeLine } from '../show.ts';
import { fired, type Terminal } from '../terminal.ts';

type Event = components['schemas']['OrderEvent'];

interface WatchOptions {
  readonly type?: string[];
  readonly after?: number;
}

export const eventTypes: readonly Event['type'][] = [
  'order.placed',
  'order.started',
  'order.completed',
  'order.failed',
  'order.attempt_failed',
  'order.released',
  'order.interrupted',
  'order.cancel_requested',
  'order.cancelled',
  'order.retried',
];

export function addWatch(program: Command, terminal: Terminal): void {
  program
    .command('watch')
    .summary('follow what happens, as it happens')
    .description(
      'Shows what happens to all orders, one event a line, until Ctrl-C; or to one order, from ' +
        'its beginning until it has ended. A connection that is lost is made anew, and no event ' +
        'is left out.',
    )
    .argument('[order_id]')
    .option('--type <type...>', 'only events of these types, such as completed failed', parseTypes)
    .option('--after <event id>', 'also what has happened since this event', parseWholeNumber)
    .addHelpText('after', examples('watch', 'watch 123', 'watch --type failed cancelled --json'))
    .action(async (orderId: string | undefined, options: WatchOptions, command: Command) => {
      const { stdout } = terminal;
      const show = wantsJson(command)
        ? (event: Event) => writeJson(stdout, event)
        : (event: Event) => writeLine(stdout, eventLine(stdout, event));
      await follow(serviceOf(command, terminal), pathOf(orderId, options), terminal, (event) => {
        if (orderId === undefined || fits(event, options)) show(event);
        return orderId !== undefined && hasEnded(event);
      });
    });
}

/**
 * Resolves when the stream is over for good, or the user has seen enough.
 *
 * @param show - says whether the stream ends behind the event
 */
async function follow(
  service: Service,
  path: string,
  { stderr, interrupted }: Terminal,
  show: (event: Event) => boolean,
): Promise<void> {
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  let problem: unknown;
  let connected = false;
  const source = new EventSource(service.url + path, {
    async fetch(url, init) {
      const headers = { ...init.headers, ...service.headers };
      const answer = await fetch(url, { ...init, headers });
      problem = answer.ok ? undefined : await answer.json().catch(() => undefined);
      const refused = refusal(answer.status, problem);
      // As when nobody is there at all: then EventSource tries again.
      if (connected && isUnavailable(refused)) throw refused;
      return answer;
    },
  });
  let complete = false;
  let lost = false;
  source.addEventListener('open', () => {
    if (lost) writeLine(stderr, 'connected again');
    connected = true;
    lost = false;
  });
  for (const type of eventTypes) {
    source.addEventListener(type, ({ data }) => {
      complete = show(JSON.parse(data));
    });
  }
  source.addEventListener('error', ({ code, message }) => {
    // With 204 it had ended before: nothing is to come.
    if (complete || code === 204) return resolve();
    if (source.readyState === source.CLOSED) return reject(refusal(code ?? 0, problem));
    if (!connected) {
      const words = `${service.url} does not answer (${message}). Is it running?`;
      return reject(new Failure(words, exit.unavailable));
    }
    if (!lost) writeLine(stderr, 'the connection is lost, trying again');
    lost = true;
  });
  // While it waits to connect again, EventSource lets the process end.
  const awake = setInterval(() => {}, 60_000);
  try {
    await Promise.race([over, fired(interrupted)]);
  } finally {
    clearInterval(awake);
    source.close();
  }
}

function pathOf(orderId: string | undefined, { type, after }: WatchOptions): string {
  const query = new URLSearchParams();
  if (after !== undefined) query.set('after', `${after}`);
  if (orderId === undefined && type) query.set('type', type.join());
  const path = orderId === undefined ? '/events' : `/order/${encodeURIComponent(orderId)}/events`;
  return query.size === 0 ? path : `${path}?${query}`;
}

function hasEnded({ status }: Event): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Cancelled';
}

function fits(event: Event, { type }: WatchOptions): boolean {
  return type === undefined || type.includes(event.type);
}

function parseTypes(text: string, before: string[] = []): string[] {
  const type = text.startsWith('order.') ? text : `order.${text}`;
  if (eventTypes.some((known) => known === type)) return [...before, type];
  const names = eventTypes.map((known) => known.slice('order.'.length));
  throw new InvalidArgumentError(`Must be one of ${names.join(', ')}.`);
}
