import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { PROFILES } from '#agent/contract/metrics.js';
import { acceptsGzip } from './accepts-gzip.js';
import type { ApiApp, ApiContext } from './context.js';
import { gzipped } from './gzipped.js';
import { preferredType } from './media-types.js';

const TEXT_TYPE = 'text/plain';
const OPENMETRICS_TYPE = 'application/openmetrics-text';
/** Whoever takes longer for a scrape has given it up, or holds our memory for nothing. */
const DEADLINE_MS = 60_000;

/** For Prometheus. */
export function metricsRoutes(app: ApiApp, { metrics }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      summary: "Containers under cAdvisor's names, the machine and the agent itself (docs/metrics.md).",
      description:
        'OpenMetrics where `Accept` prefers it, compressed where `Accept-Encoding` takes gzip. `profile=full`: also what few look at.',
      produces: [TEXT_TYPE, OPENMETRICS_TYPE],
      querystring: Type.Object(
        { profile: Type.Optional(Type.Union(PROFILES.map((profile) => Type.Literal(profile)))) },
        { additionalProperties: false },
      ),
    },
    handler: async (request, reply) => {
      const openmetrics = preferredType(request.headers.accept, [TEXT_TYPE, OPENMETRICS_TYPE]) === OPENMETRICS_TYPE;
      const format = openmetrics ? 'openmetrics' : 'text';
      const { contentType, chunks } = await metrics.scrape({ profile: request.query.profile ?? 'lean', format });
      reply.header('vary', 'accept, accept-encoding').type(contentType);
      const signal = AbortSignal.timeout(DEADLINE_MS);
      const gzip = acceptsGzip(request.headers['accept-encoding']);
      if (gzip) reply.header('content-encoding', 'gzip');
      return reply.send(Readable.from(gzip ? gzipped(chunks) : chunks, { objectMode: false, signal }));
    },
  });
}
