/** What scripts/test-reporter.mjs saves of one run of tests. */
export interface TestSummary {
  passed: number;
  failed: number;
  skipped: { file?: string; name: string; reason: string }[];
  /** Every test by `file: name`, skipped ones too. */
  tests: string[];
  /** Milliseconds by file, where files ran in one process. */
  files: Record<string, number>;
}

export function mergeSummaries(parts: readonly TestSummary[]): TestSummary {
  return {
    passed: parts.reduce((sum, { passed }) => sum + passed, 0),
    failed: parts.reduce((sum, { failed }) => sum + failed, 0),
    skipped: parts.flatMap(({ skipped }) => skipped),
    tests: parts.flatMap(({ tests }) => tests),
    files: Object.assign({}, ...parts.map(({ files }) => files)) as Record<string, number>,
  };
}

/** Tests that one list has and the other has not, as `only in A: …`; a name that occurs twice must do so in both. */
export function listDifferences(a: { name: string; tests: readonly string[] }, b: typeof a): string[] {
  const missing = (from: typeof a, other: typeof a): string[] => {
    const left = [...other.tests];
    return from.tests
      .filter((test) => {
        const at = left.indexOf(test);
        if (at >= 0) left.splice(at, 1);
        return at < 0;
      })
      .map((test) => `only in ${from.name}, not in ${other.name}: ${test}`);
  };
  return [...missing(a, b), ...missing(b, a)];
}
