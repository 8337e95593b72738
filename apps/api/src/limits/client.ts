import type { Request, Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';

/**
 * Whose request it is: the token's subject, else the address. IPv6 addresses count by the network
 * that one customer of a provider has to themselves.
 */
export function clientOf(req: Pick<Request, 'ip'>, { locals }: Pick<Response, 'locals'>): string {
  const user = locals.caller?.user;
  // Two words, so that nobody is named as an address is.
  return user === undefined ? `address ${ipKeyGenerator(req.ip ?? '')}` : `user ${user}`;
}
