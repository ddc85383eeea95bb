import type { ApiApp } from './context.js';

export interface Route {
  method: string;
  /** As it is registered: `/v1/containers/:ref`. */
  url: string;
}

export interface RouteTable {
  /** Which methods a path takes, none when there is no such path. */
  methodsOf(path: string): string[];
  all(): Route[];
}

/** Collects the routes that come after it. */
export function routeTable(app: ApiApp): RouteTable {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', (route) => {
    const entry = routes.get(route.url) ?? { pattern: patternOf(route.url), methods: new Set() };
    for (const method of [route.method].flat()) entry.methods.add(method);
    routes.set(route.url, entry);
  });
  return {
    methodsOf: (path) => {
      const matching = [...routes.values()].filter((entry) => entry.pattern.test(path));
      return [...new Set(matching.flatMap((entry) => [...entry.methods]))].sort();
    },
    all: () => [...routes].flatMap(([url, { methods }]) => [...methods].map((method) => ({ method, url }))),
  };
}

function patternOf(url: string): RegExp {
  const source = url.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/:[a-z]+/g, '[^/]+');
  return new RegExp(`^${source}/?$`);
}
