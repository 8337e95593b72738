import pg from 'pg';

import { DatabaseUnavailable } from '../errors.ts';

/**
 * Two transactions got into each other's way, and this one was undone: done again, it may well
 * succeed. 40P01 is a deadlock, 40001 a serialization failure. 26000 says that the one before it, which
 * was to prepare the statement for both, failed at that. 23505 on the primary key of `held_blocks`:
 * MERGE does not look again when somebody has just inserted the row that it did not find.
 */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  const { code = '', constraint } = error;
  return (
    /^(40P01|40001|26000)$/.test(code) || (code === '23505' && constraint === 'held_blocks_pkey')
  );
}

/**
 * What a caller gets to see of an error: DatabaseUnavailable for what the surroundings did
 * (network, server, disk, locks), with the cause; anything else, a mistake of ours, unchanged.
 */
export function translateError(error: unknown): unknown {
  const reason = ofTheSurroundings(error);
  if (reason === undefined) return error;
  return new DatabaseUnavailable(`the database is unavailable (${reason})`, { cause: error });
}

/** Whether a connection is of no more use after this error. */
export function endsConnection(error: unknown): boolean {
  // The server says why before it hangs up; what is not from the server is about the connection.
  return !(error instanceof pg.DatabaseError) || error.severity === 'FATAL';
}

function ofTheSurroundings(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) {
    return states.test(error.code ?? '') ? error.code : undefined;
  }
  if (!(error instanceof Error)) return undefined;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (network.test(code) || certificate.test(code)) return code;
  return client.test(error.message) ? error.message : undefined;
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html: connections; who may connect, to
// what; a server that only reads; conflicts that went on and on; out of memory, disk or connections;
// locks and time limits; shutdown, and what an administrator cancels; the disk; damage.
const states =
  /^(08...|28...|3D000|25006|25P03|25P04|40001|40P01|53...|55P03|57014|57P0.|58...|XX001|XX002)$/;

const network = /^E[A-Z_]+$/;

// https://nodejs.org/api/tls.html#x509-certificate-error-codes
const certificate =
  /CERT|CRL|^(UNABLE_TO_.*|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

// What pg, its pool and Kysely say when a connection is lost or cannot be had; these have no code.
const client =
  /^(Connection (terminated|ended|closed)|timeout|Query read timeout|Client (has encountered|was closed)|Postgres connection has been discarded|The server does not support SSL|There was an error establishing an SSL)/;
