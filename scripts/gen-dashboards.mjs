import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boardFiles } from '#dashboards/board-files.js';
import { ROOT } from './command.mjs';

// Needs a built dist/; test/unit/dashboards/board-files.test.ts fails when these files are not what this writes.
const dir = join(ROOT, 'dashboards/grafana');
const files = boardFiles();
mkdirSync(dir, { recursive: true });
for (const name of readdirSync(dir)) if (name.endsWith('.json') && !files.has(name)) rmSync(join(dir, name));
for (const [name, text] of files) writeFileSync(join(dir, name), text);
