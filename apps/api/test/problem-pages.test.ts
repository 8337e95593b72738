import { loadContract } from '@orders/contract';
import { expect } from 'chai';
import { problemTexts } from '../src/problem-texts.ts';
import { problems } from '../src/problems.ts';
import { expectNoErrors, expectProblem } from './expectations.ts';
import { type Service, startService } from './service.ts';

describe('the pages of the problems', () => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const { properties } = loadContract().document.components.schemas.Problem ?? {};
  const types = (properties as { type: { enum: string[] } }).type.enum;

  it('are there for every problem in the contract, and for no other', () => {
    expect(Object.keys(problemTexts).map((code) => `/problems/${code}`)).to.have.members(types);
    expect(Object.keys(problems)).to.have.members(Object.keys(problemTexts));
  });

  for (const type of types) {
    it(`explain ${type}, where its type leads`, async () => {
      const { status, json } = await service.send(type);
      expect(status).to.equal(200);
      expect(json.type).to.equal(type);
      expect(`${json.meaning} ${json.remedy}`).to.match(/^[^<>&]{40,}$/);
      expectNoErrors(service.lines);
    });
  }

  it('are pages for a browser, and JSON for anybody else', async () => {
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const page = await service.send('/problems/order-exists/', { headers: { Accept: browser } });
    expect(page.headers['content-type']).to.match(/^text\/html/);
    expect(page.headers.vary).to.equal('Accept');
    expect(page.text).to.include('<h1>This order id is taken</h1>').and.include('409');
    for (const accept of ['*/*', 'application/json', 'text/html;q=0.5, application/json', 'x/y']) {
      const answer = await service.send('/problems/order-exists', { headers: { Accept: accept } });
      expect(answer.json, accept).to.include({ status: 409, title: 'This order id is taken' });
    }
  });

  it('are not there for a code that nobody uses', async () => {
    for (const code of ['no-such-code', 'constructor', '__proto__']) {
      expectProblem(await service.send(`/problems/${code}`), 'not-found');
    }
  });
});
