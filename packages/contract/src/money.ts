const digitsOf: Record<string, number> = {
  ...digitsFor(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...digitsFor(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...digitsFor(4, 'CLF UYW'),
};

/** How many decimals a currency has (ISO 4217), for the codes the contract allows. */
export function minorUnitDigits(currency: string): number {
  return digitsOf[currency] ?? 2;
}

/**
 * The amount in the currency's smallest unit.
 *
 * @param amount - has no more decimals than the currency, as the contract demands
 */
export function toMinor(amount: number, currency: string): number {
  // Rounded, not cut off: 8.95 * 100 is 894.9999999999999. The sum makes a negative zero a zero.
  return Math.round(amount * 10 ** minorUnitDigits(currency)) + 0;
}

/** The amount again: the very number that was given to {@link toMinor}. */
export function fromMinor(minor: number, currency: string): number {
  return minor / 10 ** minorUnitDigits(currency);
}

/** The number formats openapi.yaml uses: no more than so many decimals. */
export const formats = {
  'decimals-0': decimals(0),
  'decimals-2': decimals(2),
  'decimals-3': decimals(3),
  'decimals-4': decimals(4),
};

function decimals(digits: number) {
  return {
    type: 'number' as const,
    // There and back through text: a division in floating point refuses 34.8 and its like.
    validate: (amount: number) => Number(amount.toFixed(digits)) === amount,
  };
}

function digitsFor(digits: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, digits]));
}
