import type { ApiApp } from './context.js';

/** Collects the routes that come after it; answers which methods a path takes, none when there is no such path. */
export function routeTable(app: ApiApp): (path: string) => string[] {
  const methods = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', (route) => {
    const entry = methods.get(route.url) ?? { pattern: patternOf(route.url), methods: new Set() };
    for (const method of [route.method].flat()) entry.methods.add(method);
    methods.set(route.url, entry);
  });
  return (path) => {
    const matching = [...methods.values()].filter((entry) => entry.pattern.test(path));
    return [...new Set(matching.flatMap((entry) => [...entry.methods]))].sort();
  };
}

function patternOf(url: string): RegExp {
  const source = url.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/:[a-z]+/g, '[^/]+');
  return new RegExp(`^${source}/?$`);
}
