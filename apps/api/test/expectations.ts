import { expect } from 'chai';
import { type ProblemCode, problems } from '../src/problems.ts';
import type { Answer, LogLine } from './service.ts';

export const order = {
  order_id: '123',
  user_id: 'user_1',
  item_ids: 'item_1,item_2',
  total_amount: 34.8,
};

/** The whole of a problem answer: status, code, media type, request id. */
export function expectProblem(answer: Answer, code: ProblemCode, detail?: string | RegExp): void {
  expect(answer.headers['content-type']).to.match(/^application\/problem\+json/);
  expect(answer.json).to.include({ type: `/problems/${code}`, ...problems[code] });
  expect(answer.status).to.equal(problems[code].status);
  expect(answer.json.request_id).to.be.a('string').and.equal(answer.headers['x-request-id']);
  if (typeof detail === 'string') expect(answer.json.detail).to.equal(detail);
  else if (detail) expect(answer.json.detail).to.match(detail);
}

/** The faults as `[place, code, detail]`, in any order. */
export function expectFaults(answer: Answer, faults: [string, string, (string | RegExp)?][]): void {
  expectProblem(answer, 'validation-error');
  const found = answer.json.errors as Record<string, string>[];
  const told = found.map((fault) => [fault.pointer ?? fault.parameter, fault.code]);
  expect(told).to.have.deep.members(faults.map(([place, code]) => [place, code]));
  for (const [place, code, detail] of faults) {
    const same = found.filter(
      (fault) => (fault.pointer ?? fault.parameter) === place && fault.code === code,
    );
    const details = same.map((fault) => fault.detail);
    if (typeof detail === 'string') expect(details).to.include(detail);
    else if (detail) expect(details.some((text) => detail.test(text ?? ''))).to.equal(true);
  }
}

/** That nothing went wrong inside: an answer that breaks the contract is logged as an error. */
export function expectNoErrors(lines: LogLine[]): void {
  expect(lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
}
