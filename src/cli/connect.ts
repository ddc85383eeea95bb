import { connect, type TsgovClient } from '#agent/client.js';
import { readNamed, readToken } from './credentials.js';
import type { Globals } from './globals.js';

/** The client for the agent the globals name, with its credentials for TCP. Throws UsageError for a file of those that cannot be read. */
export function connectAgent(globals: Globals): TsgovClient {
  const ca = globals.ca === undefined ? undefined : readNamed('ca', globals.ca);
  return connect({ host: globals.host, token: readToken(globals.token), ca });
}
