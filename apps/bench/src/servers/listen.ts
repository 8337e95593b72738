import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port, says which, and ends on SIGTERM. */
export function listen(answer: RequestListener): void {
  const server = createServer(answer).listen(0, '127.0.0.1', () => {
    process.stdout.write(`{"port":${(server.address() as AddressInfo).port}}\n`);
  });
  process.on('SIGTERM', () => process.exit(0));
}
