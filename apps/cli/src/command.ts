import { type Command, InvalidArgumentError } from 'commander';

import { openService, type Service } from './service.ts';
import type { Terminal } from './terminal.ts';

/** What may stand behind every command. */
export interface CommonOptions {
  readonly url: string;
  readonly token?: string;
  readonly json?: boolean;
}

/**
 * The service that the command line names.
 *
 * @param ends - when its answers are not waited for any more: for a change the user has to insist
 */
export function serviceOf(
  command: Command,
  terminal: Terminal,
  ends = terminal.interrupted,
): Service {
  return openService(command.optsWithGlobals<CommonOptions>(), terminal, ends);
}

export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<CommonOptions>().json === true;
}

/** @throws InvalidArgumentError */
export function parseWholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Must be a whole number.');
  return Number(text);
}

/** Shown under the options of a command, and tried by the tests. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  orders ${line}`).join('\n')}\n`;
}
