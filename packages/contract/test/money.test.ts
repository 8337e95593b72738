import { expect } from 'chai';
import { data as isoCurrencies } from 'currency-codes';
import fc from 'fast-check';
import { formats, fromMinor, loadContract, minorUnitDigits, toMinor } from '../src/index.ts';

// Metals, units of account between institutions, codes for testing and for "no currency".
const notMoney = ['XAG', 'XAU', 'XPD', 'XPT', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XSU', 'XUA'];
const notCurrencies = [...notMoney, 'XTS', 'XXX'];
// The Caribbean guilder came in 2025, after the list this test compares with.
const newer = { XCG: 2 };

const { schemas } = loadContract().document.components;
const codes = schemas.Currency?.enum ?? [];

describe('money', () => {
  const digits: Record<string, number> = { ...newer };
  for (const { code, digits: of } of isoCurrencies) {
    if (!notCurrencies.includes(code)) digits[code] = of;
  }

  it('is accepted in every ISO 4217 currency in use and in nothing else', () => {
    expect(codes).to.deep.equal(Object.keys(digits).sort());
  });

  it('has the decimals that ISO 4217 gives each currency', () => {
    for (const code of codes) expect(minorUnitDigits(code), code).to.equal(digits[code]);
  });

  it('has the same decimals in the contract', () => {
    const withDigits = (n: number) => codes.filter((code) => digits[code] === n);
    expect(schemas.CurrencyWithoutDecimals?.enum).to.deep.equal(withDigits(0));
    expect(schemas.CurrencyWithThreeDecimals?.enum).to.deep.equal(withDigits(3));
    expect(schemas.CurrencyWithFourDecimals?.enum).to.deep.equal(withDigits(4));
  });

  it('comes back from minor units as the number it was', () => {
    const currency = fc.constantFrom('JPY', 'USD', 'KWD', 'CLF');
    const minor = fc.integer({ min: 0, max: 100_000_000_000 });
    fc.assert(
      fc.property(currency, minor, (code, units) => {
        // What a client writes: digits, then a point, then digits.
        const amount = Number(`${units}e-${minorUnitDigits(code)}`);
        const format = formats[`decimals-${minorUnitDigits(code)}` as keyof typeof formats];
        expect(format.validate(amount)).to.equal(true);
        expect(toMinor(amount, code)).to.equal(units);
        expect(fromMinor(units, code)).to.equal(amount);
      }),
    );
  });

  it('is never cut off by a cent', () => {
    const amounts = [34.8, 8.95, 1.1, 168469.6, 0.38, 0, 1_000_000_000, 999_999_999.99];
    const minor = [3480, 895, 110, 16846960, 38, 0, 100_000_000_000, 99_999_999_999];
    expect(amounts.map((amount) => toMinor(amount, 'USD'))).to.deep.equal(minor);
    expect(toMinor(1_000_000_000, 'CLF')).to.equal(10_000_000_000_000);
  });

  it('keeps a negative zero as zero', () => {
    expect(Object.is(toMinor(-0, 'USD'), 0)).to.equal(true);
  });

  it('is refused with one decimal too many', () => {
    expect(formats['decimals-0'].validate(1.5)).to.equal(false);
    expect(formats['decimals-2'].validate(1.005)).to.equal(false);
    expect(formats['decimals-2'].validate(1e-7)).to.equal(false);
    expect(formats['decimals-3'].validate(1.0001)).to.equal(false);
    expect(formats['decimals-4'].validate(1.00001)).to.equal(false);
  });
});
