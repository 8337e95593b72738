import { expect } from 'chai';
import { z } from 'zod';
import {
  databaseUrl,
  host,
  logLevel,
  milliseconds,
  port,
  positiveInteger,
  readSettings,
  SettingsInvalid,
} from '../src/index.ts';

const schema = z.object({
  DATABASE_URL: databaseUrl,
  HOST: host,
  PORT: port,
  LOG_LEVEL: logLevel,
  LEASE_MS: milliseconds({ default: 15_000, min: 100 }),
  MAX_ATTEMPTS: positiveInteger({ default: 5, max: 100 }),
});

const DEFAULTS = {
  DATABASE_URL: 'file:data/orders.db',
  HOST: '127.0.0.1',
  PORT: 8000,
  LOG_LEVEL: 'info',
  LEASE_MS: 15_000,
  MAX_ATTEMPTS: 5,
};

function mistakes(env: NodeJS.ProcessEnv, fields: z.ZodObject = schema): string {
  try {
    readSettings(fields, env);
  } catch (error) {
    expect(error).to.be.instanceOf(SettingsInvalid);
    expect(error).to.have.property('forPeople', true);
    return (error as Error).message;
  }
  return '';
}

describe('settings', () => {
  it('have defaults, and are not disturbed by other variables', () => {
    expect(readSettings(schema, { HOME: '/', PATH: '' })).to.deep.equal(DEFAULTS);
  });

  it('are typed', () => {
    const given = {
      DATABASE_URL: 'file:/var/orders.db',
      HOST: '::',
      PORT: '0',
      LOG_LEVEL: 'silent',
      LEASE_MS: '100',
      MAX_ATTEMPTS: '100',
    };
    expect(readSettings(schema, given)).to.deep.equal({
      ...given,
      PORT: 0,
      LEASE_MS: 100,
      MAX_ATTEMPTS: 100,
    });
  });

  it('that are empty count as not set', () => {
    expect(readSettings(schema, { PORT: '', DATABASE_URL: '' })).to.deep.equal(DEFAULTS);
  });

  it('that are wrong are all named at once, with value and what is allowed', () => {
    expect(
      mistakes({
        DATABASE_URL: 'mysql://x',
        HOST: 'a b',
        PORT: 'abc',
        LOG_LEVEL: 'loud',
        LEASE_MS: '99',
        MAX_ATTEMPTS: '0',
      }).split('\n'),
    ).to.deep.equal([
      'DATABASE_URL="mysql://x" is not allowed; it must be file:PATH, such as file:data/orders.db, or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
      'HOST="a b" is not allowed; it must be a host name or an IP address',
      'PORT="abc" is not allowed; it must be a port, a whole number from 0 to 65535',
      'LOG_LEVEL="loud" is not allowed; it must be trace, debug, info, warn, error, fatal, silent',
      'LEASE_MS="99" is not allowed; it must be milliseconds, a whole number from 100 to 2147483647',
      'MAX_ATTEMPTS="0" is not allowed; it must be a number, a whole number from 1 to 100',
    ]);
  });

  for (const value of ['65536', '-1', '1.5', '1e3', '0x10', ' 80', '８０']) {
    it(`take no ${JSON.stringify(value)} for a port`, () => {
      expect(mistakes({ PORT: value })).to.contain('PORT=');
    });
  }

  for (const value of [
    'file:',
    'file://data/orders.db',
    'data/orders.db',
    'postgres:h',
    'postgres://h:x/d',
  ]) {
    it(`take no ${value} for a database`, () => {
      expect(mistakes({ DATABASE_URL: value })).to.contain('it must be file:PATH');
    });
  }

  for (const value of [
    'file:x',
    'postgres://me:s3c%40@h:1/d?sslmode=require',
    'postgresql://h/d',
  ]) {
    it(`take ${value} for a database`, () => {
      expect(readSettings(schema, { DATABASE_URL: value })).to.include({ DATABASE_URL: value });
    });
  }

  it('that must be set and are not are named', () => {
    const fields = z.object({ KEY_FILE: z.string('a path') });
    expect(mistakes({}, fields)).to.equal('KEY_FILE is not set, but must be: a path');
  });

  for (const url of [
    'mysql://me:s3cret@h/d',
    'postgres://me:s3c@s3cret@h:x',
    'x://h?password=s3cret',
  ]) {
    it(`never show the password of ${url}`, () => {
      const said = mistakes({ DATABASE_URL: url });
      expect(said).to.contain('***').and.not.to.contain('s3c');
    });
  }

  it('tell a description and a default of each field', () => {
    for (const [name, field] of Object.entries(schema.shape)) {
      expect(field.description, name).to.be.a('string').and.not.equal('');
    }
  });
});
