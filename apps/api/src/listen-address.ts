import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Whether an address leads to this machine from nowhere but itself, IPv4 within IPv6 included. */
export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * The address that `HOST` stands for: listened on is what was looked at here, whatever the name
 * stands for a moment later.
 *
 * @param mayBeReached - whether it may be one that other machines can reach
 * @param resolve - for tests: what a name stands for
 * @throws HostRefused
 */
export async function listenAddress(
  host: string,
  mayBeReached: boolean,
  resolve: (name: string) => Promise<{ address: string }> = lookup,
): Promise<string> {
  const { address } = await resolve(host).catch((cause) => {
    throw new HostRefused(`HOST=${host}: ${cause.message}`, { cause });
  });
  if (mayBeReached || isLoopback(address)) return address;
  const place = address === host ? host : `${host}, which is ${address},`;
  throw new HostRefused(`HOST=${place} is not allowed; it must be ${ownAddress}`);
}

/** What `HOST` must be while nobody is asked for a token. */
export const ownAddress =
  'an address of this machine alone, such as 127.0.0.1, while nobody is asked for a token: ' +
  'set one of AUTH_JWT_SECRET, AUTH_JWKS_URL, AUTH_JWKS_FILE; AUTH=off insists';

/** The message says all there is to say to whoever starts the process. */
class HostRefused extends Error {
  override name = 'HostRefused';
  readonly forPeople = true;
}
