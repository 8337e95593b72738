import { sql } from 'kysely';

/**
 * The condition under which an order can be claimed.
 *
 * Literals, not parameters: only then does SQLite see that the partial index fits.
 * https://www.sqlite.org/partialindex.html#queries_using_partial_indexes
 */
export const claimable = sql<boolean>`status = 'PENDING' and not_before is null`;
