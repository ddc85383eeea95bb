import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openapiDocument } from '#agent/api/document.js';
import { apiMarkdown, errorsMarkdown } from '#agent/api/markdown.js';
import { VERSION } from '#agent/contract/version.js';
import { ROOT } from './command.mjs';

// Needs a built dist/; test/unit/agent/api/markdown.test.ts fails when these files are not what this writes.
writeFileSync(join(ROOT, 'docs/errors.md'), errorsMarkdown());
writeFileSync(join(ROOT, 'docs/api.md'), apiMarkdown(await openapiDocument(VERSION)));
