import { expect } from 'chai';

import { serviceOfEachTest } from '../src/service.ts';
import { fuzz } from '../src/torture/fuzz.ts';

describe('hostile input', () => {
  const service = serviceOfEachTest();

  it('is answered as the contract says, and does nothing that the answers do not tell', async () => {
    const api = await service.api();
    const { database } = service;
    const port = Number(new URL(api.url).port);
    const report = await fuzz({ port, database, seed: 7, requests: 400 });
    expect(report.fault).to.equal(undefined);
    expect(report.statuses).to.include.keys('200', '201', '400', '404', '405', '415', '422');
    const errors = api.lines.filter(({ level }) => level === 'error');
    expect(errors).to.deep.equal([]);
  });
});
