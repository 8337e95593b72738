import { createHmac } from 'node:crypto';

export const secret = 'a secret of at least 32 bytes, for benchmarks';

/** Tokens of as many users, good for an hour, that may place orders for everybody. */
export function makeTokens(count: number): string[] {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  return Array.from({ length: count }, (_, i) =>
    sign({ sub: `user_${i}`, scope: 'orders:admin', exp }),
  );
}

/** https://www.rfc-editor.org/rfc/rfc7519 with HS256. */
function sign(claims: object): string {
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
