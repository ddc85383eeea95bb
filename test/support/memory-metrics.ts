import type { MetricsBackend } from '#agent/contract/metrics.js';

/** One metric, which says what was asked for: for tests of the API's translation. */
export const MEMORY_METRICS: MetricsBackend = {
  scrape: async ({ profile, format }) => ({
    contentType: format === 'openmetrics' ? 'application/openmetrics-text; version=1.0.0' : 'text/plain; version=0.0.4',
    chunks: (async function* () {
      yield '# TYPE tsgov_test gauge\n';
      yield `tsgov_test{profile="${profile}"} 1\n`;
      if (format === 'openmetrics') yield '# EOF\n';
    })(),
  }),
};
