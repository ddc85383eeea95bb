import { fastify } from 'fastify';
import { AgentError } from '#agent/contract/errors.js';
import { MAX_BODY_BYTES } from '#agent/contract/request-limits.js';
import { tellCaller } from './caller.js';
import { containerRoutes } from './containers.js';
import type { ApiApp, ApiContext, RouteGroup } from './context.js';
import { driftRoutes } from './drift.js';
import { eventsRoutes } from './events.js';
import { healthRoutes } from './health.js';
import { historyRoutes } from './history.js';
import { journalRoutes } from './journal.js';
import { latencyRoutes } from './latency.js';
import { lifecycleRoutes } from './lifecycle.js';
import { limitsRoutes } from './limits.js';
import { logsRoutes } from './logs.js';
import { checkMediaTypes } from './media-types.js';
import { metricsRoutes } from './metrics.js';
import { namespaceRoutes } from './namespaces.js';
import { nodeRoutes } from './node.js';
import { openapiRoutes, registerOpenapi } from './openapi.js';
import { pageRoutes } from './pages.js';
import { policyRoutes } from './policies.js';
import { isFault, sendProblem } from './problems.js';
import { processRoutes } from './processes.js';
import { type RouteTable, routeTable } from './route-table.js';
import { statsRoutes } from './stats.js';
import { streamRoutes } from './streams.js';
import { traceRoutes } from './trace.js';
import { bodyOfUpgrade } from './upgrade.js';
import { usageRoutes } from './usage.js';
import { usageStreamRoutes } from './usage-stream.js';
import { VALIDATOR_FACTORY } from './validators.js';
import { waitUntilFound } from './wait-until-found.js';
import { whyRoutes } from './why.js';

const GROUPS: readonly RouteGroup[] = [
  containerRoutes,
  lifecycleRoutes,
  limitsRoutes,
  statsRoutes,
  usageRoutes,
  usageStreamRoutes,
  whyRoutes,
  latencyRoutes,
  driftRoutes,
  processRoutes,
  namespaceRoutes,
  streamRoutes,
  logsRoutes,
  policyRoutes,
  journalRoutes,
  historyRoutes,
  eventsRoutes,
  traceRoutes,
  nodeRoutes,
  metricsRoutes,
  healthRoutes,
  openapiRoutes,
  pageRoutes,
];

/** The routes with their schemas, ready to take requests from any listener through `app.routing`. */
export async function buildApp(context: ApiContext): Promise<{ app: ApiApp; routes: RouteTable }> {
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
    // Both given: fastify loads neither of its own. Answers are typed by the contract, whose schemas document them, and JSON.stringify is
    // faster than checking them again.
    schemaController: { compilersFactory: { buildValidator: VALIDATOR_FACTORY, buildSerializer: () => () => JSON.stringify } },
    frameworkErrors: (error, _request, reply) => sendProblem(reply, error),
  }) as unknown as ApiApp;
  acceptJson(app);
  const routes = routeTable(app);
  checkMediaTypes(app);
  waitUntilFound(app, context);
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const upgrade = context.upgrades.get(request.raw);
    done(null, upgrade === undefined ? payload : bodyOfUpgrade(upgrade));
  });
  // Bodies whose every field is optional may be left out.
  app.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {};
    done();
  });
  tellCaller(app, context);
  app.setErrorHandler((error, _request, reply) => {
    if (isFault(error)) context.onFault(error);
    return sendProblem(reply, error);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = routes.methodsOf(path);
    if (methods.length === 0)
      return sendProblem(reply, new AgentError('NOT_FOUND', `no route ${request.method} ${path}; see /openapi.json`));
    const allow = methods.join(', ');
    reply.header('allow', allow);
    return sendProblem(reply, new AgentError('METHOD_NOT_ALLOWED', `${path} takes ${allow}, not ${request.method}`));
  });
  await registerOpenapi(app, context.version);
  for (const group of GROUPS) group(app, context);
  await app.ready();
  return { app, routes };
}

/** Every body is JSON, whatever type it claims: curl -d says it sends a form. */
function acceptJson(app: ApiApp): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined);
    void parse(request, body as string, (error, value) => done(error === null ? null : jsonError(body as string), value));
  });
}

/** Says where the text breaks; fastify's parser only says that it does. */
function jsonError(body: string): AgentError {
  try {
    JSON.parse(body);
  } catch (error) {
    return new AgentError('BODY_INVALID', `the body is not JSON: ${(error as Error).message}`, { field: 'body', cause: error });
  }
  return new AgentError('BODY_INVALID', 'the body has a key __proto__ or constructor.prototype, which is refused', {
    field: 'body',
  });
}
