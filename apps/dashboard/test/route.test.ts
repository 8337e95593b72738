import { expect } from 'chai';
import { everything, type Filter, filterLink, orderLink, readRoute } from '../src/route.ts';

describe('the address', () => {
  it('leads back to the order and to the filter that it was made of', () => {
    for (const orderId of ['123', 'A-2026.01:7', 'a/b?c#d']) {
      expect(readRoute(orderLink(orderId))).to.deep.equal({ view: 'order', orderId });
    }
    const filters: Filter[] = [
      everything,
      { status: 'Failed', userId: 'jo@example.org', orderId: '' },
      { status: '', userId: 'a+b|c', orderId: 'x:1' },
    ];
    for (const filter of filters) {
      expect(readRoute(filterLink(filter))).to.deep.equal({ view: 'orders', filter });
    }
  });

  it('shows all orders where it says nothing that is known', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#/?status=Eaten', '#/order/']) {
      expect(readRoute(hash), hash).to.deep.equal({ view: 'orders', filter: everything });
    }
    expect(readRoute('#/order/%E0%A4%A')).to.deep.equal({ view: 'order', orderId: '%E0%A4%A' });
  });
});
