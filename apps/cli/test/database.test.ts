import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

import { asLines, order, process, type Service, startService } from './given.ts';

describe('what looks after the database', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
    await service.orders(['place', '-'], {
      stdin: asLines(['1', '2', '3'].map((id) => order(id))),
    });
    await process(service.database, 'completed', 2);
  });
  afterEach(() => service.stop());

  const onIt = (...args: string[]) => service.orders([...args, '--database', service.databaseUrl]);
  const breakCounter = () =>
    service.database.writer.updateTable('counters').set({ orders: 7 }).execute();

  describe('orders check', () => {
    it('says that all is in order, with status 0', async () => {
      const { status, stdout } = await onIt('check');
      expect([status, stdout]).to.deep.equal([0, '3 orders, all in order\n']);
    });

    it('says what is not, with status 1', async () => {
      await breakCounter();
      const { status, stdout } = await onIt('check');
      expect(status).to.equal(1);
      expect(stdout).to.include('counts: now COMPLETED: the counter says 7, there are 2\n');
      const { json } = await onIt('check', '--json');
      expect(json[0]).to.have.keys('in', 'what');
    });

    it('makes no database where there is none', async () => {
      const { status, stderr } = await service.orders(['check', '--database', 'file:none.db']);
      expect([status, existsSync(join(service.directory, 'none.db'))]).to.deep.equal([3, false]);
      expect(stderr).to.include('none.db does not exist');
    });

    it('wants to know which database in the words of the settings', async () => {
      const { status, stderr } = await service.orders(['check', '--database', 'none.db']);
      expect(status).to.equal(2);
      expect(stderr).to.match(/"none\.db" is not allowed; it must be file:PATH/);
    });
  });

  describe('orders backup', () => {
    it('makes a copy where the user is, that can be checked there', async () => {
      const { status, stdout } = await onIt('backup', 'copy.db');
      expect(status).to.equal(0);
      expect(stdout).to.match(/^copy\.db is a copy that passed the check \(\d+ bytes\)\n$/);
      expect(await service.orders(['check', '--database', 'file:copy.db'])).to.include({
        ...{ status: 0, stdout: '3 orders, all in order\n' },
      });
    });

    it('writes over no file', async () => {
      service.file('copy.db', '');
      const { status, stderr } = await onIt('backup', 'copy.db');
      expect(status).to.equal(3);
      expect(stderr).to.match(/copy\.db is there already/);
    });

    it('says that there is no such directory', async () => {
      const { status, stderr } = await onIt('backup', 'none/copy.db');
      expect(status).to.equal(3);
      expect(stderr).to.match(/^error: .*none does not exist\n$/);
    });

    it('makes none of a database that is not in order', async () => {
      await breakCounter();
      expect((await onIt('backup', 'copy.db')).status).to.equal(1);
      expect(existsSync(join(service.directory, 'copy.db'))).to.equal(false);
    });
  });

  describe('orders prune', () => {
    it('counts what it would prune, and prunes it', async () => {
      expect((await onIt('prune', '--older-than', '1d')).stdout).to.equal('0 orders were pruned\n');
      const now = ['prune', '--older-than', '0s'];
      expect((await onIt(...now, '--dry-run')).stdout).to.equal('2 orders would be pruned\n');
      expect(await service.placed()).to.have.length(3);
      expect((await onIt(...now, '--json')).json).to.deep.equal([{ orders: 2, dry_run: false }]);
      expect((await service.placed()).map(({ order_id }) => order_id)).to.deep.equal(['3']);
    });

    it('wants to know how old, with a unit', async () => {
      expect((await onIt('prune')).stderr).to.include("required option '--older-than");
      const { status, stderr } = await onIt('prune', '--older-than', '90');
      expect(status).to.equal(2);
      expect(stderr).to.include('90d, 36h');
    });
  });
});
