import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** History in runs (event-runs.ts). What happened before is a run each; ids of events grow by it. */
export const eventRuns: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table event_runs (
    run integer primary key autoincrement,
    seq integer not null,
    orders integer not null check (orders between 1 and 32),
    type text not null,
    at integer not null,
    attempt integer not null,
    worker text,
    detail text
  ) strict`,
  `insert into event_runs (run, seq, orders, type, at, attempt, worker, detail)
    select id, seq, 1, type, at, attempt, worker, detail from order_events order by id`,
  `insert into sqlite_sequence (name, seq)
    select 'event_runs', seq from sqlite_sequence where name = 'order_events'
      and not exists (select 1 from sqlite_sequence where name = 'event_runs')`,
  `update sqlite_sequence
    set seq = (select seq from sqlite_sequence where name = 'order_events')
    where name = 'event_runs'
      and exists (select 1 from sqlite_sequence where name = 'order_events')`,
  'drop table order_events',
  'create index event_runs_block on event_runs (seq / 32)',
  `create trigger event_runs_are_final before update on event_runs
    begin select raise(abort, 'event_runs is append-only'); end`,

  // The third condition says nothing that the first two do not, and leads from an order to its
  // runs by the index.
  `create view order_events (id, seq, type, at, attempt, worker, detail) as
    select run * 32 + orders.seq - event_runs.seq, orders.seq, type, at, event_runs.attempt,
      worker, detail
    from event_runs join orders on orders.seq >= event_runs.seq
      and orders.seq < event_runs.seq + event_runs.orders
      and orders.seq / 32 = event_runs.seq / 32`,
];
