import type { TsgovClient } from '#agent/client.js';
import type { Call } from '#src/top/effect.js';

type Callers = { readonly [K in Call['call']]: (client: TsgovClient, call: Extract<Call, { call: K }>) => Promise<unknown> };

/** One call of the API a kind of call. */
const CALLERS: Callers = {
  freeze: (client, { ref }) => client.freeze(ref),
  thaw: (client, { ref }) => client.thaw(ref),
  stop: (client, { ref }) => client.stop(ref),
  restart: (client, { ref }) => client.restart(ref),
  start: (client, { ref }) => client.start(ref),
  remove: (client, { ref, force }) => client.remove(ref, { force }),
  kill: (client, { ref, signal }) => client.kill(ref, signal),
  limits: (client, { ref }) => client.limits(ref),
  planLimits: (client, { ref, limits }) => client.planLimits(ref, limits),
  setLimits: (client, { ref, limits }) => client.setLimits(ref, limits),
  policies: (client) => client.policies(),
  diffPolicy: (client, { text }) => client.diffPolicies(text, 'top'),
  putPolicy: (client, { name, text }) => client.putPolicy(name, text),
};

/** Asks the agent; rejects with ClientError. */
export function callAgent(client: TsgovClient, call: Call): Promise<unknown> {
  const caller = CALLERS[call.call] as (client: TsgovClient, call: Call) => Promise<unknown>;
  return caller(client, call);
}
