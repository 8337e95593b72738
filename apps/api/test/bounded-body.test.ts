import { loadContract } from '@orders/contract';
import { expect } from 'chai';
import type { Request, Response } from 'express';
import { boundedBody } from '../src/bounded-body.ts';

describe('what the validator gets of a body', () => {
  const bound = boundedBody(loadContract().document, 100);
  const left = (body: unknown) => {
    const [req, res] = [{ body } as Request, { locals: {} } as Response];
    bound(req, res, () => {});
    return { body: req.body, leftOut: res.locals.faultsLeftOut };
  };

  it('has all known fields, as many unknown ones as are told of, and says how many more there were', () => {
    const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`a${i}`, 0]));
    const { body, leftOut } = left({ ...unknown, orders: [], order_id: '1' });
    expect(Object.keys(body)).to.have.length(102);
    expect(body).to.include({ order_id: '1' }).and.have.property('orders');
    expect(leftOut).to.equal(900);
  });

  it('has one item more than there may be', () => {
    const { document } = loadContract();
    const most = document.components.schemas.ItemIds?.maxItems as number;
    expect(left({ item_ids: Array(most + 900).fill(1) }).body.item_ids).to.have.length(most + 1);
  });
});
