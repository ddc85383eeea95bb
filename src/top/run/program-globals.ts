import type { Globals } from '#src/cli/globals.js';

/** Flags by which another tsgov talks to the same agent; a token that is no file comes with the environment. Pure. */
export function programGlobals({ host, token, ca }: Globals): string[] {
  return [
    '--host',
    host,
    ...(token !== undefined && 'file' in token ? ['--token-file', token.file] : []),
    ...(ca === undefined ? [] : ['--ca', ca]),
  ];
}
