import { readFile, writeFile } from 'node:fs/promises';
import { argv, exit } from 'node:process';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { contractUrl } from './contract.ts';

const typesUrl = new URL('./openapi.gen.ts', import.meta.url);

const header = `// Generated from openapi.yaml by packages/contract/src/generate.ts; change that, not this.

`;

/** The types of openapi.yaml as they should stand in openapi.gen.ts. */
export async function generateTypes(): Promise<string> {
  // A field with a default may be left out by whoever sends it.
  const nodes = await openapiTypescript(contractUrl, { defaultNonNullable: false });
  return header + astToString(nodes);
}

/** The types as they do stand there; empty when there are none yet. */
export async function committedTypes(): Promise<string> {
  return readFile(typesUrl, 'utf8').catch(() => '');
}

if (import.meta.main) {
  const types = await generateTypes();
  if (!argv.includes('--check')) await writeFile(typesUrl, types);
  else if (types !== (await committedTypes())) {
    console.error(
      'packages/contract/src/openapi.gen.ts does not fit openapi.yaml any more. Make it anew with\n' +
        '  node packages/contract/src/generate.ts',
    );
    exit(1);
  }
}
