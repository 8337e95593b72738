import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Where the contract lies: at the top of the repository. */
export const contractUrl = new URL('../../../openapi.yaml', import.meta.url);

/** The contract, word for word and parsed. */
export interface Contract {
  yaml: string;
  document: ContractDocument;
}

/** The parts of an OpenAPI document that this project looks into itself. */
export interface ContractDocument {
  openapi: `3.1.${string}`;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Answer>;
    parameters: Record<string, Parameter>;
  };
}

export interface Operation {
  operationId: string;
  /** Any one of these is enough: scopes by the name of a scheme. Empty: open to everybody. */
  security?: Record<string, string[]>[];
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean };
  responses: Record<string, unknown>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
}

export interface Answer {
  content: Record<string, { example?: Record<string, unknown> }>;
}

export interface Schema {
  enum?: string[];
  maxLength?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  [keyword: string]: unknown;
}

/** Reads openapi.yaml anew; each call returns a document of its own, free to be changed. */
export function loadContract(): Contract {
  const yaml = readFileSync(contractUrl, 'utf8');
  return { yaml, document: parse(yaml) as ContractDocument };
}
