import { once } from 'node:events';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { expectFaults, expectNoErrors, expectProblem, order } from './expectations.ts';
import { type Service, startService } from './service.ts';

const json = { 'Content-Type': 'application/json' };
const total = '#/total_amount';
const list = (length: number, item: unknown = 'x') => Array.from({ length }, () => item);

describe('bad input', () => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  afterEach(async () => {
    expect(await service.placed()).to.deep.equal([]);
    expectNoErrors(service.lines);
  });

  describe('as a body', () => {
    const bodies: [string, string | Buffer][] = [
      ['not JSON', 'order_id=123'],
      ['truncated JSON', '{"order_id": "12'],
      ['empty', ''],
      ['only white space', '  '],
      ['NaN as a number', JSON.stringify(order).replace('34.8', 'NaN')],
      ['not UTF-8', Buffer.from(JSON.stringify({ ...order, item_ids: '\xe9' }), 'latin1')],
    ];
    for (const [what, body] of bodies) {
      it(`is refused when it is ${what}`, async () => {
        const sent = { method: 'POST', headers: json, body };
        expectProblem(await service.send('/order/', sent), 'invalid-json');
      });
    }

    it('is missed when there is none at all', async () => {
      for (const headers of [{}, json, { ...json, 'Transfer-Encoding': 'chunked' }]) {
        const answer = await service.send('/order/', { method: 'POST', headers });
        expectProblem(answer, 'invalid-json', 'The body is empty');
      }
    });

    for (const [what, body] of [
      ['an array', '[]'],
      ['a text', '"x"'],
      ['null', 'null'],
    ] as const) {
      it(`is refused when it is ${what}`, async () => {
        expectFaults(await service.place(body), [['#', 'type', 'must be an object']]);
      });
    }

    it('is refused above 64 KiB, however it is sent', async () => {
      const body = JSON.stringify({ ...order, item_ids: 'x'.repeat(65 * 1024) });
      for (const more of [{}, { 'Transfer-Encoding': 'chunked' }]) {
        const sent = { method: 'POST', headers: { ...json, ...more }, body };
        expectProblem(await service.send('/order/', sent), 'body-too-large', /65536 bytes/);
      }
    });

    it('is refused above 64 KiB before all of it has come', async () => {
      const req = request({ port: service.port, method: 'POST', path: '/order/', headers: json });
      req.write('x'.repeat(64 * 1024));
      req.write('x');
      const [answer] = await once(req, 'response');
      expect(answer.statusCode).to.equal(413);
      req.on('error', () => {}).destroy();
    });

    it('is refused in another media type or without one', async () => {
      const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'json'];
      const form = ['multipart/form-data; boundary=x', 'multipart/form-data', 'multipart/mixed'];
      const part = '--x\r\nContent-Disposition: form-data; name="order_id"\r\n\r\n123\r\n--x--\r\n';
      for (const type of [...types, ...form]) {
        const sent = { method: 'POST', headers: { 'Content-Type': type }, body: part };
        for (const path of ['/order/', '/order/batch', '/order/1/cancel']) {
          expectProblem(await service.send(path, sent), 'unsupported-media-type');
        }
      }
      const answer = await service.send('/order/', { method: 'POST', body: '{}' });
      expectProblem(answer, 'unsupported-media-type');
    });

    for (const charset of ['utf-16', 'utf-16le', 'utf-32', 'utf-7', 'iso-8859-1', 'klingon']) {
      it(`is refused in another charset than UTF-8: ${charset}`, async () => {
        const body = Buffer.from(JSON.stringify(order), 'utf16le');
        for (const type of ['application/json', 'application/x-ndjson']) {
          const headers = { 'Content-Type': `${type}; a=b; charset="${charset}"` };
          const answer = await service.send('/order/batch', { method: 'POST', headers, body });
          const detail = `Send UTF-8, not ${charset}`;
          expectProblem(answer, 'unsupported-media-type', detail);
        }
      });
    }

    it('is refused in an encoding that is not understood, or not heeded', async () => {
      const body = JSON.stringify(order);
      for (const [encoding, code] of [
        ['lzw', 'unsupported-media-type'],
        ['constructor', 'unsupported-media-type'],
        ['gzip', 'malformed-request'],
        ['br', 'malformed-request'],
      ] as const) {
        const headers = { ...json, 'Content-Encoding': encoding };
        expectProblem(await service.send('/order/', { method: 'POST', headers, body }), code);
      }
    });

    it('is refused when more comes out of it than it may have, or not UTF-8', async () => {
      const headers = { ...json, 'Content-Encoding': 'gzip' };
      const send = (bytes: Buffer) =>
        service.send('/order/', { method: 'POST', headers, body: gzipSync(bytes) });
      expectProblem(await send(Buffer.alloc(65_537, ' ')), 'body-too-large', /65536 bytes/);
      expectProblem(await send(Buffer.from('"\xe9"', 'latin1')), 'invalid-json');
    });
  });

  describe('in a field', () => {
    const id = 'must be 1 to 128 letters, digits and . _ : - and begin with a letter or a digit';
    const currency = 'must be an ISO 4217 code in use, in capital letters, such as USD';
    const control = 'must not contain control characters or halves of a character';
    const decimals = 'must have at most 2 decimals in this currency';
    const cases: [string, object, ...Parameters<typeof expectFaults>[1]][] = [
      ['a number as id', { order_id: 123 }, ['#/order_id', 'type', 'must be text']],
      ['an order id ..', { order_id: '..' }, ['#/order_id', 'pattern', id]],
      ['an order id with a slash', { order_id: 'a/b' }, ['#/order_id', 'pattern', id]],
      ['an order id with NUL', { order_id: 'a\0' }, ['#/order_id', 'pattern', id]],
      ['an order id with a line end', { order_id: 'a\n' }, ['#/order_id', 'pattern', id]],
      ['an empty order id', { order_id: '' }, ['#/order_id', 'pattern', id]],
      ['a long order id', { order_id: 'x'.repeat(129) }, ['#/order_id', 'pattern', id]],
      ['a user id with a space', { user_id: 'a b' }, ['#/user_id', 'pattern', /begin with/]],
      ['no items', { item_ids: '' }, ['#/item_ids', 'pattern', 'must not contain an empty item']],
      ['an empty item', { item_ids: 'a, ,b' }, ['#/item_ids', 'pattern', /an empty item/]],
      ['an empty last item', { item_ids: 'a,' }, ['#/item_ids', 'pattern', /an empty item/]],
      ['an item with NUL', { item_ids: 'a,b\0' }, ['#/item_ids', 'pattern', control]],
      ['an item with a line end', { item_ids: 'a\n' }, ['#/item_ids', 'pattern', control]],
      ['half a character', { item_ids: 'a\ud83d' }, ['#/item_ids', 'pattern', control]],
      [
        '2001 items',
        { item_ids: `${list(2001)}` },
        ['#/item_ids', 'pattern', /at most 2000 items/],
      ],
      ['a long item', { item_ids: `a,${'x'.repeat(65)}` }, ['#/item_ids', 'pattern', /64 char/]],
      [
        'long items',
        { item_ids: `${list(300, 'x'.repeat(60))}` },
        ['#/item_ids', 'maxLength', 'must not have more than 16384 characters'],
      ],
      ['an empty list of items', { item_ids: [] }, ['#/item_ids', 'minItems', /fewer than 1/]],
      ['a list of 2001 items', { item_ids: list(2001) }, ['#/item_ids', 'maxItems', /2000 items/]],
      ['an empty item in a list', { item_ids: ['a', ' '] }, ['#/item_ids/1', 'pattern', /empty/]],
      ['a number in a list', { item_ids: ['a', 1] }, ['#/item_ids/1', 'type', 'must be text']],
      ['a comma in a list', { item_ids: ['a,b'] }, ['#/item_ids/0', 'pattern', /a comma/]],
      ['a NUL in a list', { item_ids: ['\0'] }, ['#/item_ids/0', 'pattern', control]],
      ['a long one in a list', { item_ids: ['x'.repeat(65)] }, ['#/item_ids/0', 'pattern', /64/]],
      [
        'a list that is long in all',
        { item_ids: list(300, 'x'.repeat(60)) },
        ['#/item_ids', 'maxLength', 'must not have more than 16384 characters in all'],
      ],
      ['items as an object', { item_ids: {} }, ['#/item_ids', 'type', 'must be text or a list']],
      ['a total as text', { total_amount: '34.8' }, [total, 'type', 'must be a finite number']],
      ['no total', { total_amount: null }, [total, 'type', 'must be a finite number']],
      ['a negative total', { total_amount: -1 }, [total, 'minimum', 'must be >= 0']],
      ['a huge total', { total_amount: 1e9 + 1 }, [total, 'maximum', 'must be <= 1000000000']],
      ['three decimals', { total_amount: 1.005 }, [total, 'format', decimals]],
      ['a tiny total', { total_amount: 1e-7 }, [total, 'format', decimals]],
      [
        'three decimals in USD',
        { currency: 'USD', total_amount: 1.005 },
        [total, 'format', decimals],
      ],
      [
        'JPY with decimals',
        { currency: 'JPY', total_amount: 1.5 },
        [total, 'format', 'must be a whole number in this currency'],
      ],
      ['four decimals in KWD', { currency: 'KWD', total_amount: 1.0001 }, [total, 'format', /3/]],
      ['five decimals in CLF', { currency: 'CLF', total_amount: 1.00001 }, [total, 'format', /4/]],
      ['currency usd', { currency: 'usd' }, ['#/currency', 'enum', currency]],
      [
        'currency ZZZ, whose decimals nobody knows',
        { currency: 'ZZZ', total_amount: 1.2345 },
        ['#/currency', 'enum', currency],
      ],
      ['gold as currency', { currency: 'XAU' }, ['#/currency', 'enum', currency]],
      [
        'an unknown field',
        { colour: 'red' },
        ['#/colour', 'additionalProperties', 'is not a known field'],
      ],
      ['an unknown field without a name', { '': 1 }, ['#/', 'additionalProperties']],
      [
        'an unknown field with an odd name',
        { 'a/b~c é\ud83d': 1 },
        ['#/a~1b~0c%20%C3%A9%EF%BF%BD', 'additionalProperties'],
      ],
    ];
    for (const [what, fields, ...faults] of cases) {
      it(`is refused: ${what}`, async () => {
        expectFaults(await service.place({ ...order, ...fields }), faults);
      });
    }

    it('is refused: 1e400, which no number can hold', async () => {
      const body = JSON.stringify(order).replace('34.8', '1e400');
      const answer = await service.place(body);
      expectFaults(answer, [[total, 'type', 'must be a finite number']]);
      expect(answer.json.detail).to.equal('#/total_amount must be a finite number');
    });

    it('is refused: __proto__ as a field', async () => {
      const body = JSON.stringify(order).replace('{', '{"__proto__": {"currency": "JPY"}, ');
      expectFaults(await service.place(body), [['#/__proto__', 'additionalProperties']]);
    });

    it('is told all at once when every field is missing', async () => {
      expectFaults(await service.place({}), [
        ['#/order_id', 'required', 'is missing'],
        ['#/user_id', 'required', 'is missing'],
        ['#/item_ids', 'required', 'is missing'],
        ['#/total_amount', 'required', 'is missing'],
      ]);
    });

    it('is told all at once, whatever kind of rule is broken', async () => {
      const answer = await service.place({
        user_id: 7,
        item_ids: list(300, 'x'.repeat(60)),
        total_amount: -1.005,
        currency: 'USD',
        colour: 'red',
      });
      expectFaults(answer, [
        ['#/order_id', 'required'],
        ['#/user_id', 'type'],
        ['#/item_ids', 'maxLength'],
        ['#/total_amount', 'minimum'],
        ['#/total_amount', 'format'],
        ['#/colour', 'additionalProperties'],
      ]);
      expect(answer.json.detail).to.equal('6 faults, listed in errors');
    });

    it('is told a hundred times at most', async () => {
      const answer = await service.place({ ...order, item_ids: list(5000, 0) });
      expectProblem(answer, 'validation-error');
      expect(answer.json.errors).to.have.length(100);
      // Of the items no more were looked at than one too many.
      expect(answer.json.detail).to.equal('2002 faults, the first 100 are listed in errors');
      const fields = Array.from({ length: 5000 }, (_, i) => [`f${i}`, 0]);
      const { json } = await service.place(Object.fromEntries(fields));
      expect(json.errors).to.have.length(100);
      expect(json.detail).to.equal('5004 faults, the first 100 are listed in errors');
    });

    it('is found quickly however it is built', async () => {
      const evil = [' '.repeat(60000), `${' '.repeat(60)},`.repeat(1000), 'a '.repeat(30000)];
      for (const part of evil) {
        for (const item_ids of [`${part},\0`, `a${part}b${'x'.repeat(70)}`, [part, `${part}\0`]]) {
          const began = performance.now();
          const answer = await service.place({ ...order, item_ids });
          expect(answer.status).to.be.oneOf([413, 422]);
          expect(performance.now() - began).to.be.below(500);
        }
      }
    });
  });

  describe('in a path', () => {
    for (const path of ['/order/..', '/order/a%2Fb', '/order/a%00', '/order/%2e%2e/']) {
      it(`is refused where an order id belongs: ${path}`, async () => {
        expectFaults(await service.send(path), [['order_id', 'pattern', /must be 1 to 128/]]);
      });
    }

    for (const path of ['/order/%', '/order/%ff', '/%E0%A4%A', '/docs/%zz']) {
      it(`is refused when percent-encoding is invalid: ${path}`, async () => {
        expectProblem(await service.send(path), 'malformed-request');
      });
    }

    for (const path of [
      '/orders/',
      '/order/a/b',
      '/order//',
      '/ORDER/1',
      '/docs/no.js',
      '/docs/package.json',
      '/dashboard/no.js',
      '/dashboard/index.html',
    ]) {
      it(`leads nowhere: ${path}`, async () => {
        expectProblem(await service.send(path), 'not-found', /nothing under/);
      });
    }
  });

  describe('in a query', () => {
    const unknown = 'is not a known field';

    for (const path of ['/order/123?a=1', '/order/123?a', '/queue?a=']) {
      it(`is refused when nobody knows the parameter: ${path}`, async () => {
        expectFaults(await service.send(path), [['a', 'additionalProperties', unknown]]);
      });
    }

    it('is refused under a name with brackets, whatever it would be without', async () => {
      for (const name of ['a[b]', '[status]', 'status[]', 'status[x]']) {
        const faults: [string, string, string][] = [[name, 'additionalProperties', unknown]];
        expectFaults(await service.send(`/order/?${name}=Failed`), faults);
        expectFaults(await service.send(`/order/?${encodeURIComponent(name)}=Failed`), faults);
      }
      const lines = { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' } };
      const policy = 'error_policy%5BtoString%5D=1%26error_policy%3Dreject_everything';
      expectFaults(await service.send(`/order/batch?${policy}`, lines), [
        ['error_policy[toString]', 'additionalProperties', unknown],
      ]);
      expect((await service.send('/order/?status=Failed&user_id=a%5Bb')).status).to.equal(422);
    });

    for (const [path, ...names] of [
      ...[['/order/', 'limit', 'status', 'user_id', 'placed_from', 'placed_to', 'cursor']],
      ...[
        ['/order/123', 'wait'],
        ['/events', 'after', 'type', 'limit'],
        ['/order/1/events', 'after'],
      ],
    ] as [string, ...string[]][]) {
      for (const name of names) {
        it(`is refused when it is empty: ${path}?${name}=`, async () => {
          const answer = await service.send(`${path}?${name}=`);
          expectFaults(answer, [[name, 'minLength', 'must not be empty']]);
        });
      }
    }

    for (const [path, name] of [
      ['/events?limit=1:2', 'limit'],
      ['/events?after=[1]', 'after'],
      ['/order/123?wait=1,2', 'wait'],
    ] as const) {
      it(`is refused for what it is: ${path}`, async () => {
        expectFaults(await service.send(path), [[name, 'type', 'must be integer']]);
      });
    }

    it('is told all at once, also with what is wrong with the body', async () => {
      expectFaults(await service.send('/order/?x=1&y=2&limit=0&status=&wait=1e400'), [
        ['x', 'additionalProperties', unknown],
        ['y', 'additionalProperties', unknown],
        ['limit', 'minimum', 'must be >= 1'],
        ['status', 'minLength', 'must not be empty'],
        ['wait', 'additionalProperties', unknown],
      ]);
      expectFaults(await service.send('/order/?x=1&limit=1e400'), [
        ['x', 'additionalProperties', unknown],
        ['limit', 'type', 'must be integer'],
      ]);
      const body = JSON.stringify({
        ...order,
        total_amount: -1,
        item_ids: list(300, 'x'.repeat(60)),
      });
      const sent = { method: 'POST', headers: json, body };
      expectFaults(await service.send('/order/?x=1', sent), [
        ['x', 'additionalProperties', unknown],
        [total, 'minimum', 'must be >= 0'],
        ['#/item_ids', 'maxLength'],
      ]);
      expectFaults(await service.send('/order/batch?x=1&error_policy=', { ...sent, body: '{}' }), [
        ['x', 'additionalProperties', unknown],
        ['error_policy', 'minLength', 'must not be empty'],
        ['#/orders', 'required', 'is missing'],
      ]);
    });
  });

  describe('as a method', () => {
    const cases: [string, string, string][] = [
      ['DELETE', '/order/', 'POST, GET, HEAD'],
      ['PUT', '/order', 'POST, GET, HEAD'],
      ['DELETE', '/order/123', 'GET, HEAD'],
      ['POST', '/metrics/', 'GET, HEAD'],
      ['POST', '/docs', 'GET, HEAD'],
      ['POST', '/', 'GET, HEAD'],
      ['PATCH', '/readyz', 'GET, HEAD'],
    ];
    const headers = { ...json, 'Content-Length': '8' };
    for (const [method, path, allow] of cases) {
      it(`is refused with those that are possible: ${method} ${path}`, async () => {
        const answer = await service.send(path, { method, headers, body: 'not JSON' });
        expect(answer.status).to.equal(405);
        expect(answer.headers.allow).to.equal(allow);
        expectProblem(answer, 'method-not-allowed');
      });
    }
  });
});
