import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preferredType } from '#agent/api/media-types.js';

const OFFERED = ['text/plain', 'application/x-ndjson'];

for (const [accept, type] of [
  [undefined, 'text/plain'],
  ['', 'text/plain'],
  ['*/*', 'text/plain'],
  ['text/*', 'text/plain'],
  ['application/x-ndjson', 'application/x-ndjson'],
  ['APPLICATION/X-NDJSON', 'application/x-ndjson'],
  ['text/plain;q=0.5, application/x-ndjson', 'application/x-ndjson'],
  ['text/plain, application/x-ndjson', 'text/plain'],
  ['application/x-ndjson;q=0.1, */*;q=0.5', 'text/plain'],
  ['text/plain;q=0, */*', 'application/x-ndjson'],
  ['text/plain;version=0.0.4;charset=utf-8', 'text/plain'],
  ['text/plain;q=nonsense', 'text/plain'],
  ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2', 'text/plain'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/plain'],
  ['text/html', undefined],
  ['text/plain;q=0', undefined],
  ['image/*, application/json', undefined],
  ['x', undefined],
] as [string | undefined, string | undefined][])
  test(`Accept: ${accept} gets ${type}`, () => assert.equal(preferredType(accept, OFFERED), type));
