import { expect } from 'chai';
import { isLoopback, listenAddress } from '../src/listen-address.ts';

const names: Record<string, string> = {
  localhost: '127.0.0.1',
  'this.test': '127.0.1.1',
  'six.test': '::1',
  'shop.test': '192.168.1.2',
  'any.test': '0.0.0.0',
  '0': '0.0.0.0',
};
const resolve = async (name: string) => {
  const address = names[name] ?? (/^[\d.]+$|:/.test(name) ? name : undefined);
  if (address === undefined) throw new Error(`getaddrinfo ENOTFOUND ${name}`);
  return { address };
};
const refusal = (host: string, mayBeReached = false) =>
  listenAddress(host, mayBeReached, resolve).then(
    (address) => `it listens on ${address}`,
    ({ message, forPeople }) => `${forPeople ? '' : 'unexpected: '}${message}`,
  );

describe('the address to listen on', () => {
  for (const [host, address] of [
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.2', '127.0.0.2'],
    ['::1', '::1'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['this.test', '127.0.1.1'],
    ['six.test', '::1'],
  ] as const) {
    it(`may be that of ${host}, which others cannot reach`, async () => {
      expect(await listenAddress(host, false, resolve)).to.equal(address);
    });
  }

  for (const host of ['0.0.0.0', '::', '::ffff:10.0.0.1', 'shop.test', 'any.test', '0']) {
    it(`must not be that of ${host}, unless a token is asked for`, async () => {
      expect(await refusal(host)).to.match(
        /^HOST=.* is not allowed; it must be an address of this/,
      );
      expect(await listenAddress(host, true, resolve)).to.equal(names[host] ?? host);
    });
  }

  it('is told with the name that stands for it', async () => {
    expect(await refusal('shop.test')).to.match(/^HOST=shop.test, which is 192.168.1.2, is not/);
  });

  it('must not be that of localhost where somebody has it stand for another', async () => {
    const led = async () => ({ address: '10.0.0.1' });
    const error = await listenAddress('localhost', false, led).catch((error) => error);
    expect(error.message).to.match(/^HOST=localhost, which is 10.0.0.1, is not allowed/);
  });

  it('is none where the name stands for nothing', async () => {
    expect(await refusal('nowhere.test')).to.equal(
      'HOST=nowhere.test: getaddrinfo ENOTFOUND nowhere.test',
    );
  });

  it('is of this machine alone, however it is written', () => {
    for (const address of [
      '127.255.255.255',
      '0:0:0:0:0:0:0:1',
      '::ffff:7f00:1',
      '::FFFF:127.1.2.3',
    ])
      expect(isLoopback(address), address).to.equal(true);
    for (const address of [
      '128.0.0.1',
      '126.1.1.1',
      '::2',
      '::127.0.0.1',
      '::ffff:0:127.0.0.1',
      '',
    ])
      expect(isLoopback(address), address).to.equal(false);
  });
});
