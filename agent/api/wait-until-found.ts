import type { ApiApp, ApiContext } from './context.js';

/** What starts and follows a container of ours, whose name the caller has from us, needs nobody else's. */
const AT_ONCE: ReadonlySet<string> = new Set([
  'GET /healthz',
  'GET /readyz',
  'POST /v1/containers',
  'POST /v1/containers/:ref/start',
  'POST /v1/containers/:ref/attach',
  'POST /v1/containers/:ref/wait',
]);

/** Requests that come before everybody's containers are found wait for that, but for those that have no use for them. */
export function waitUntilFound(app: ApiApp, { found }: Pick<ApiContext, 'found'>): void {
  if (found === undefined) return;
  let over = false;
  void found.then(() => {
    over = true;
  });
  app.addHook('onRequest', (request, _reply, done) => {
    if (over || AT_ONCE.has(`${request.method} ${request.routeOptions.url}`)) done();
    else void found.then(() => done());
  });
}
