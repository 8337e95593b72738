import type { RawBuilder } from 'kysely';

/** Column names and their SQL types; names come from code, never from outside. */
export type Columns = Readonly<Record<string, 'integer' | 'text'>>;

/** Rows given by the caller, as a table to select from: its first row comes first. */
export type Rows = <Row extends object>(
  columns: Columns,
  values: readonly Row[],
) => RawBuilder<unknown>;
