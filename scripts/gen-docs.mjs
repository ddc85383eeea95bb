import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openapiDocument } from '#agent/api/document.js';
import { apiMarkdown, errorsMarkdown } from '#agent/api/markdown.js';
import { VERSION } from '#agent/contract/version.js';
import { metricsMarkdown } from '#agent/metrics/markdown.js';
import { policiesMarkdown } from '#agent/policy/markdown.js';
import { limitFeaturesMarkdown } from '#runtime/cgroup/limit-features-markdown.js';
import { ROOT } from './command.mjs';

// Needs a built dist/; test/unit/agent/{api,policy}/markdown.test.ts fail when these files are not what this writes.
writeFileSync(join(ROOT, 'docs/errors.md'), errorsMarkdown());
writeFileSync(join(ROOT, 'docs/api.md'), apiMarkdown(await openapiDocument(VERSION)));
writeFileSync(join(ROOT, 'docs/policies.md'), policiesMarkdown(readFileSync(join(ROOT, 'docs/examples/policy.yaml'), 'utf8')));
writeFileSync(join(ROOT, 'docs/cgroups.md'), limitFeaturesMarkdown());
writeFileSync(join(ROOT, 'docs/metrics.md'), metricsMarkdown());
