import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * A node:test reporter that writes nothing to the screen: at the end it saves `{passed, failed, skipped: [{file, name, reason}],
 * tests: ["file: name"], files: {file: milliseconds}}` to the file named by TSGOV_TEST_SUMMARY, for scripts/test.mjs and the test
 * guests. Suites and whole files are not counted, unless they are skipped or fail by themselves.
 */
export async function* summarize(source) {
  const summary = { passed: 0, failed: 0, skipped: [], tests: [], files: {} };
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { file, name, details } = data;
    if (data.nesting === 0 && name.endsWith('.test.js')) summary.files[basename(name)] = Math.round(details.duration_ms);
    const reason = data.skip ?? data.todo;
    const isSuite = details?.type === 'suite';
    if (!isSuite) summary.tests.push(`${basename(file ?? '').replace(/\.[jt]s$/, '')}: ${name}`);
    if (reason !== undefined) summary.skipped.push({ file, name, reason: String(reason) });
    else if (type === 'test:fail') summary.failed += isSuite && details.error?.failureType === 'subtestsFailed' ? 0 : 1;
    else if (!isSuite) summary.passed += 1;
  }
  writeFileSync(process.env.TSGOV_TEST_SUMMARY, JSON.stringify(summary));
  yield '';
}

// biome-ignore lint/style/noDefaultExport: node --test-reporter takes a module's default export.
export default summarize;
