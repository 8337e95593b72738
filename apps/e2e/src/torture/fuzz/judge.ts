import { type ContractCheck, type Node, parse, type SeenAnswer } from '../../contract-check.ts';
import type { FuzzedRequest } from './requests.ts';

/** By how much an answer says that orders and events have become more. */
export interface Growth {
  readonly orders: number;
  /** The least and the most. */
  readonly events: readonly [number, number];
}

/** What no answer may tell strangers. */
const leaks =
  /node_modules|\bat .*:\d+:\d+|SQLITE_|\.ts:\d|\/src\/|select .* from|\/apps\/|orders\.db/i;
/** What Node refuses before there is a request; the contract tells of it in its description only. */
const refusedUnread = new Set([400, 408, 431]);

/** Tells what is wrong with answers, and what they say has happened. */
export function createJudge(check: ContractCheck) {
  const paths = Object.entries(check.document.paths).map(([path, item]) => ({
    path,
    matches: new RegExp(
      `^${path
        .replace(/\/$/, '')
        .replaceAll('.', '\\.')
        .replace(/\{\w+\}/g, '[^/]+')}/?$`,
    ),
    methods: Object.keys(item).map((method) => method.toUpperCase()),
  }));

  /** The operation that a request is for: its method and path as the contract writes them. */
  function operationOf({ method, target }: FuzzedRequest): string | undefined {
    const path = target.replace(/^https?:\/\/[\w.-]+(:\d+)?/, '').replace(/[?#].*$/s, '');
    const wanted = method === 'HEAD' ? 'GET' : method;
    const fitting = paths.find(
      ({ matches, methods }) => matches.test(path) && methods.includes(wanted),
    );
    return fitting?.path;
  }

  /** Each line is a row, and the last one tells that there are no more. */
  function lineFault(answer: SeenAnswer): string | undefined {
    if (answer.header('Content-Type') !== 'application/x-ndjson') return undefined;
    const lines = linesOf(answer);
    for (const [i, line] of lines.entries()) {
      const isLast = i === lines.length - 1;
      const fault = check.value(isLast ? 'BatchSummary' : 'BatchRow', line);
      if (fault && !(isLast && check.value('Problem', line) === undefined)) return fault;
    }
    return undefined;
  }

  return {
    /** @returns what is wrong with the answer to a request, or to what was none */
    fault(answer: SeenAnswer, request: FuzzedRequest | undefined): string | undefined {
      if (answer.status >= 500) return `${answer.status}: ${answer.text}`;
      const isDocument = answer.text.includes('"openapi"') || answer.text.startsWith('openapi:');
      if (!isDocument && leaks.test(answer.text)) return `it leaks: ${answer.text}`;
      if (answer.status >= 400 && isUnread(answer)) {
        return refusedUnread.has(answer.status) ? check.problem(answer) : `${answer.status} unread`;
      }
      if (request === undefined) return undefined;
      const named = request.headers.filter(([name]) => name === 'X-Request-Id');
      const [[, name] = ['', '']] = named;
      if (named.length === 1 && /^[\w.:-]{1,128}$/.test(name)) {
        if (answer.header('X-Request-Id') !== name) return 'it does not name the request as asked';
      }
      const path = operationOf(request);
      if (path !== undefined) {
        return check.answer(request.method, path, answer) ?? lineFault(answer);
      }
      // Files of the page that shows the contract.
      if (request.target.startsWith('/docs/') && answer.status < 400) return undefined;
      const refusal = [400, 404, 405, 431].includes(answer.status);
      return refusal ? check.problem(answer) : `${answer.status} to what is not in the contract`;
    },

    growth(answer: SeenAnswer, request: FuzzedRequest): Growth {
      const path = operationOf(request);
      if (request.method !== 'POST' || path === undefined) return { orders: 0, events: [0, 0] };
      if (path === '/order/batch') {
        const created = createdBy(answer);
        return { orders: created, events: [created, created] };
      }
      if (path === '/order/' && answer.status === 201) {
        const grown = answer.header('Idempotent-Replayed') === null ? 1 : 0;
        return { orders: grown, events: [grown, grown] };
      }
      if (path.endsWith('/retry') && answer.status === 200) return { orders: 0, events: [1, 1] };
      // Cancelling twice changes nothing the second time.
      if (path.endsWith('/cancel') && answer.status === 200) return { orders: 0, events: [0, 1] };
      return { orders: 0, events: [0, 0] };
    },
  };
}

/** Who was refused before there was a request is told no path. */
function isUnread({ text, header }: SeenAnswer): boolean {
  // A head alone does not say it; nobody else closes the connection without having been asked.
  if (text === '') return header('Connection') === 'close' && header('Date') === null;
  return text.includes('"instance":""');
}

function createdBy(answer: SeenAnswer): number {
  const { text, header } = answer;
  if (header('Content-Type') !== 'application/x-ndjson') {
    return header('Content-Type')?.startsWith('application/json') ? JSON.parse(text).created : 0;
  }
  return linesOf(answer).filter(({ status }) => status === 'created').length;
}

function linesOf({ text }: SeenAnswer): Node[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (parse(line) ?? {}) as Node);
}
