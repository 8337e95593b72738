import type { Operation } from '@orders/contract';

/** Sets of scopes of which one has to be there as a whole; or that nobody is asked for any. */
export type Access = 'open' | readonly (readonly string[])[];

/**
 * Who may do something, as the contract says: `security: []` is open to everybody. Without a word
 * about it, or without a scope, it is open to nobody: what is forgotten is closed.
 */
export function accessOf({ security = [{}] }: Pick<Operation, 'security'>): Access {
  if (security.length === 0) return 'open';
  return security.map(({ bearer = [] }) => bearer).filter((scopes) => scopes.length > 0);
}

/** @returns a set of scopes that would be enough, when those given are not */
export function missingScopes(
  access: Access,
  given: ReadonlySet<string>,
): readonly string[] | undefined {
  if (access === 'open') return undefined;
  if (access.some((scopes) => scopes.every((scope) => given.has(scope)))) return undefined;
  return access[0] ?? [];
}
