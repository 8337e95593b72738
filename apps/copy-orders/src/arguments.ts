import { parseArgs } from 'node:util';
import { databaseUrl, readSettings, SettingsInvalid } from '@orders/runtime';
import { z } from 'zod';

const url = databaseUrl.unwrap();
const schema = z.object({ '--from': url, '--to': url });

export const usage = `npm run copy-orders -- --from URL --to URL

Copies all orders with their history from one database to another, which must be empty, and
compares the two in the end. URL is file:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE.

Stop everything that uses them before. When it was interrupted, the same command goes on where it
was; until it is done, nothing starts on the target.
`;

/** @returns undefined for whoever asks for help @throws SettingsInvalid with all mistakes */
export function readArguments(args: string[]): { from: string; to: string } | undefined {
  const { help, from, to } = parse(args);
  if (help) return undefined;
  const urls = readSettings(schema, { '--from': from, '--to': to });
  return { from: urls['--from'], to: urls['--to'] };
}

function parse(args: string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = { help: { type: 'boolean', short: 'h' }, from: text, to: text } as const;
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new SettingsInvalid(`${(error as Error).message}\n\n${usage}`);
  }
}
