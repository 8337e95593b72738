/** Looks for damage for damage.ts, which starts it with a path. */
import BetterSqlite3 from 'better-sqlite3';

import { DatabaseUnavailable } from '../errors.ts';
import type { Looked } from './damage.ts';
import { translateError } from './errors.ts';

const [path] = process.argv.slice(2);
process.stdout.write(JSON.stringify(look()));

function look(): Looked {
  try {
    const database = new BetterSqlite3(path, { readonly: true });
    const rows = database.pragma('integrity_check(10)') as { integrity_check: string }[];
    const said = rows.map((row) => row.integrity_check);
    return { damage: said.filter((one) => one !== 'ok') };
  } catch (error) {
    const translated = translateError(error);
    if (translated instanceof DatabaseUnavailable) return { unavailable: translated.message };
    throw error;
  }
}
