import type { z } from 'zod';

const LONGEST_SHOWN = 100;

/** The environment holds settings that are not allowed; the message lists all of them. */
export class SettingsInvalid extends Error {
  override name = 'SettingsInvalid';
  /** The message is meant for people and says all there is to say; a stack would add nothing. */
  readonly forPeople = true;
}

/**
 * Reads a process's settings. A variable that is set to nothing counts as not set; variables that
 * the schema does not name are ignored.
 *
 * @param schema - an object whose fields read strings; a field's error message says what is allowed
 * @throws SettingsInvalid with one line for each mistake: name, value and what is allowed.
 *   Passwords inside of URLs, and what is named a secret, are never part of it.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv,
): z.infer<z.ZodObject<Shape>> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = env[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  throw new SettingsInvalid(
    read.error.issues.map((issue) => describe(String(issue.path[0]), given, issue)).join('\n'),
  );
}

function describe(name: string, given: Record<string, string>, issue: z.core.$ZodIssue): string {
  const value = given[name];
  if (value === undefined) return `${name} is not set, but must be: ${issue.message}`;
  const told = name.endsWith('_SECRET') ? '***' : shown(value);
  return `${name}=${told} is not allowed; it must be ${issue.message}`;
}

/** Whatever stands between `//` and the last `@`, or behind `password=`, may be a secret. */
function shown(value: string): string {
  const masked = value.replace(/\/\/.*@/s, '//***@').replace(/(password=)[^&]*/gi, '$1***');
  const cut = masked.length > LONGEST_SHOWN ? `${masked.slice(0, LONGEST_SHOWN)}…` : masked;
  return JSON.stringify(cut);
}
