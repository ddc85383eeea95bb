import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * A node:test reporter that writes nothing to the screen: at the end it saves a TestSummary (test/support/test-summary.ts) to the file
 * named by TSGOV_TEST_SUMMARY, for scripts/test.mjs and the test guests. Suites and whole files are left out, unless they are skipped
 * or fail by themselves.
 */
export async function* summarize(source) {
  const summary = { tests: [], files: {} };
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { name, details } = data;
    if (data.nesting === 0 && name.endsWith('.test.js')) summary.files[basename(name)] = Math.round(details.duration_ms);
    const outcome = outcomeOf(type, data);
    if (outcome !== undefined) summary.tests.push({ file: fileOf(data), name, ...outcome });
  }
  writeFileSync(process.env.TSGOV_TEST_SUMMARY, JSON.stringify(summary));
  yield '';
}

function outcomeOf(type, { skip, todo, details }) {
  const suite = details?.type === 'suite' ? { suite: true } : {};
  const reason = skip ?? todo;
  if (reason !== undefined) return { ...suite, outcome: 'skipped', reason: String(reason) };
  if (type === 'test:pass') return details?.type === 'suite' ? undefined : { outcome: 'passed' };
  const { failureType, cause, message } = details.error ?? {};
  if (details?.type === 'suite' && failureType === 'subtestsFailed') return undefined;
  return { ...suite, outcome: 'failed', reason: String(cause?.message ?? message ?? cause) };
}

/** `x.test`: where one process runs many files, a suite is named like the file it stands for. */
function fileOf({ file, name, nesting }) {
  const isFile = nesting === 0 && name.endsWith('.test.js');
  return basename(isFile ? name : (file ?? name)).replace(/\.[jt]s$/, '');
}

// biome-ignore lint/style/noDefaultExport: node --test-reporter takes a module's default export.
export default summarize;
