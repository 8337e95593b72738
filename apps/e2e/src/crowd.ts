/**
 * A crowd of clients in a process of their own: so many that wait for orders, so many that read
 * the feed, as cheaply as can be, since they share the machine with what is measured. Arguments:
 * address of the service, waiting clients, readers. The orders are called `awaited-0` and so on.
 * Tells what it has seen in a line of JSON, four times a second.
 */
import { connect } from 'node:net';
import { argv, stdout } from 'node:process';

const [address = '', waiting = '0', readers = '0'] = argv.slice(2);
const { hostname: host, port } = new URL(address);
let answered = 0;
let over = 0;
/** The end of what each reader has read. */
const ends: Buffer[] = [];
const keptBytes = 1024;

function open(path: string, accept: string, onBytes: (bytes: Buffer) => void, onClose: () => void) {
  const buffer = Buffer.alloc(64 * 1024);
  const callback = (length: number) => {
    onBytes(buffer.subarray(0, length));
    return true;
  };
  const socket = connect({ host, port: Number(port), onread: { buffer, callback } });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${accept}\r\n\r\n`);
  socket.on('error', () => {});
  socket.on('close', onClose);
}

for (let i = 0; i < Number(waiting); i++) {
  const count = () => {
    answered += 1;
  };
  open(`/order/awaited-${i}?wait=60`, 'application/json', count, count);
}
for (let i = 0; i < Number(readers); i++) {
  const keep = (bytes: Buffer) => {
    const known = bytes.length < keptBytes ? [ends[i] ?? Buffer.alloc(0), bytes] : [bytes];
    ends[i] = Buffer.concat(known.map((part) => part.subarray(-keptBytes)));
  };
  open('/events', 'text/event-stream', keep, () => {
    over += 1;
  });
}

setInterval(() => {
  const lastIds = ends.filter(Boolean).map((end) => {
    const ids = [...end.toString('latin1').matchAll(/^id: (\d+)$/gm)];
    return Number(ids.at(-1)?.[1] ?? 0);
  });
  const slowest = Math.min(...lastIds);
  const seen = { msg: 'seen', connected: lastIds.length, slowest, answered, over };
  stdout.write(`${JSON.stringify(seen)}\n`);
}, 250);
