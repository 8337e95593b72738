import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Runs numbered without `autoincrement`, which writes the page of last numbers with each of them. Each
 * is numbered behind the largest that is there; so that this is the largest there ever was, a run of
 * no order (seq 0, where orders begin with 1) stays in its place when it is deleted.
 */
export const runNumbers: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  'drop view order_events',
  `create table event_runs_numbered (
    run integer primary key,
    seq integer not null,
    orders integer not null check (orders between 0 and 32),
    type text not null,
    at integer not null,
    attempt integer not null,
    worker text,
    detail text
  ) strict`,
  'insert into event_runs_numbered select * from event_runs order by run',
  `insert into event_runs_numbered (run, seq, orders, type, at, attempt)
    select seq, 0, 0, 'placed', 0, 0 from sqlite_sequence where name = 'event_runs'
      and seq > (select coalesce(max(run), 0) from event_runs)`,
  'drop table event_runs',
  'alter table event_runs_numbered rename to event_runs',

  // As before; see 010-event-runs.
  'create index event_runs_block on event_runs (seq / 32)',
  `create trigger event_runs_are_final before update on event_runs
    begin select raise(abort, 'event_runs is append-only'); end`,
  `create view order_events (id, seq, type, at, attempt, worker, detail) as
    select run * 32 + orders.seq - event_runs.seq, orders.seq, type, at, event_runs.attempt,
      worker, detail
    from event_runs join orders on orders.seq >= event_runs.seq
      and orders.seq < event_runs.seq + event_runs.orders
      and orders.seq / 32 = event_runs.seq / 32`,

  `create trigger event_runs_keep_last after delete on event_runs
    when not exists (select 1 from event_runs where run > old.run)
    begin
      delete from event_runs where seq / 32 = 0 and seq = 0;
      insert into event_runs (run, seq, orders, type, at, attempt)
        values (old.run, 0, 0, 'placed', 0, 0);
    end`,
];
