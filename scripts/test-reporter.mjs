import { writeFileSync } from 'node:fs';

/**
 * A node:test reporter that writes nothing to the screen: at the end it saves `{passed, failed, skipped: [{file, name, reason}]}`
 * to the file named by TSGOV_TEST_SUMMARY, for scripts/test.mjs. Suites and whole files are not counted.
 */
export async function* summarize(source) {
  const summary = { passed: 0, failed: 0, skipped: [] };
  for await (const { type, data } of source) {
    if (type === 'test:fail') summary.failed += 1;
    if (type !== 'test:pass' || data.details?.type === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined)
      summary.skipped.push({ file: data.file, name: data.name, reason: String(data.skip ?? data.todo) });
    else summary.passed += 1;
  }
  writeFileSync(process.env.TSGOV_TEST_SUMMARY, JSON.stringify(summary));
  yield '';
}

// biome-ignore lint/style/noDefaultExport: node --test-reporter takes a module's default export.
export default summarize;
