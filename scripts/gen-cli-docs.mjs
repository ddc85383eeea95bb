import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliMarkdown } from '#src/cli/markdown.js';
import { COMMANDS } from '#src/cli/registry.js';
import { topMarkdown } from '#src/top/markdown.js';
import { ROOT } from './command.mjs';

// Needs a built dist/; test/unit/src/cli/markdown.test.ts fails when docs/cli.md is not what this writes.
writeFileSync(join(ROOT, 'docs/cli.md'), await cliMarkdown(COMMANDS));
// And test/unit/src/top/markdown.test.ts when its tables are not.
const top = join(ROOT, 'docs/top.md');
writeFileSync(top, topMarkdown(readFileSync(top, 'utf8')));
