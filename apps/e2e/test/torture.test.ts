import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDatabase, openDatabase, register, settleAndClaim } from '@orders/db';
import { kinds, type OwnDatabase } from '@orders/db/testing';
import { expect } from 'chai';

import { placeAll } from '../src/place-all.ts';
import type { Ledger } from '../src/torture/ledger.ts';
import { createReplay, type Happening } from '../src/torture/replay.ts';
import { torture } from '../src/torture/torture.ts';
import { verify } from '../src/torture/verify.ts';

for (const [kind, make] of Object.entries(kinds)) {
  describe(`orders under fire (${kind})`, () => {
    let own: OwnDatabase;
    let directory: string;
    beforeEach(async () => {
      own = await make();
      directory = mkdtempSync(join(tmpdir(), 'orders-torture-'));
    });
    afterEach(async () => {
      rmSync(directory, { recursive: true });
      await own.destroy();
    });

    it('are kept, once, in their turn, whatever is done to the processes', async () => {
      const { faults, ledger } = await torture({
        ...{ databaseUrl: own.url, directory, seed: 7, goesOn: (strikes) => strikes < 6 },
        inTurn: kind === 'sqlite',
      });
      expect(faults.join('\n')).to.equal('');
      expect(ledger.accepted.size).to.be.at.least(100);
    });
  });
}

describe('a replay of the history', () => {
  const event = (seq: number, type: Happening['type'], attempt = 0, worker: string | null = null) =>
    ({ id: 0, seq, type, attempt, worker }) satisfies Happening;
  const faultsOf = (...events: Happening[]) => {
    const replay = createReplay(true);
    for (const one of events) replay.happen(one);
    return replay.faults;
  };
  const placed = [event(1, 'placed'), event(2, 'placed'), event(3, 'placed')];

  it('finds nothing where orders are begun in their turn, and again after a worker is lost', () => {
    expect(
      faultsOf(
        ...placed,
        ...[event(1, 'started', 1, 'a'), event(2, 'started', 1, 'b')],
        ...[event(2, 'completed', 1, 'b'), event(1, 'interrupted', 1, 'a')],
        ...[event(1, 'started', 2, 'b'), event(1, 'attempt_failed', 2, 'b')],
        ...[event(3, 'started', 1, 'b'), event(1, 'started', 3, 'b')],
        ...[event(3, 'cancel_requested', 1, 'b'), event(3, 'cancelled', 1, 'b')],
      ),
    ).to.deep.equal([]);
  });

  for (const [what, events, fault] of [
    ['out of turn', [event(2, 'started', 1, 'a')], '2: started while 1 was pending'],
    [
      'out of turn behind one that came back',
      [
        ...[event(1, 'started', 1, 'a'), event(2, 'started', 1, 'a')],
        ...[event(1, 'released', 1, 'a'), event(3, 'started', 1, 'b')],
      ],
      '3: started while 1 was pending',
    ],
    [
      'twice at once',
      [event(1, 'started', 1, 'a'), event(1, 'started', 2, 'b')],
      '1: started while it was PROCESSING',
    ],
    ['as an attempt that was', [event(1, 'started', 2, 'a')], '1: started as 2'],
    ['without having been placed', [event(4, 'cancelled')], '4: cancelled while it was not placed'],
    [
      'and completed by another',
      [event(1, 'started', 1, 'a'), event(1, 'completed', 1, 'b')],
      '1: completed by b, 1; a had it',
    ],
    [
      'and completed twice',
      [event(1, 'started', 1, 'a'), event(1, 'completed', 1, 'a'), event(1, 'completed', 1, 'a')],
      '1: completed while it was COMPLETED',
    ],
  ] as const) {
    it(`finds an order that was begun ${what}`, () => {
      expect(faultsOf(...placed, ...events)).to.include(fault);
    });
  }
});

describe('what is held against the database', () => {
  it('shows what was lost, invented, left over or counted wrongly, with its history', async () => {
    const own = await kinds.sqlite();
    const database = await openDatabase(own.url);
    const directory = mkdtempSync(join(tmpdir(), 'orders-torture-'));
    try {
      await placeAll(database, ['done', 'undone', 'left']);
      const one = { worker: 'host:1:w', holding: 0, concurrency: 2 };
      await register(database, 'host:1:w', 60_000);
      const { claims } = await settleAndClaim(database, [], { ...one, places: 2 });
      const outcomes = claims.map((claim) => ({ claim, result: 'completed' as const }));
      await settleAndClaim(database, outcomes, { ...one, places: 0 });
      await database.writer.updateTable('counters').set({ orders: 7 }).execute();
      const notesFile = join(directory, 'notes');
      writeFileSync(
        notesFile,
        'done 1 begun\ndone 1 done\nundone 1 begun\nundone 1 begun\nleft 2 begun\n',
      );
      const ledger: Ledger = {
        accepted: new Set(['done', 'undone', 'left', 'lost']),
        cancelled: new Set(['done']),
        unanswered: 0,
        faults: ['refused: placing it was answered with 409'],
      };

      const { faults } = await verify({ database, ledger, notesFile, inTurn: true });
      const histories = faults.filter((line) => line.startsWith(' '));
      expect(faults.filter((line) => !line.startsWith(' '))).to.deep.equal([
        'refused: placing it was answered with 409',
        '3: still PENDING',
        'lost: accepted, and lost',
        'done: answered as Cancelled, and COMPLETED',
        'undone: begun 2 times by 1, with 1 claims',
        'left: begun 1 times by 2, with 0 claims',
        'undone: completed by host:1:w, which has not done it',
        'the counter says 7 COMPLETED, there are 2',
        'the counter says 7 PENDING, there are 1',
        'the counter says 7 PROCESSING, there are 0',
      ]);
      expect(histories.join('\n')).to.match(/"type":"placed".*\n.*"type":"started"/);
    } finally {
      await closeDatabase(database);
      rmSync(directory, { recursive: true });
      await own.destroy();
    }
  });
});
