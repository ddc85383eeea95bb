import { connect, type TsgovClient } from '#agent/client.js';
import type { Globals } from './globals.js';

/** The client for the agent the globals name; TSGOV_TOKEN is the bearer token for TCP. */
export function connectAgent(globals: Globals, env: NodeJS.ProcessEnv): TsgovClient {
  return connect({ host: globals.host, token: env.TSGOV_TOKEN || undefined });
}
