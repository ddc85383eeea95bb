import { type AgentAddress, parseAddress } from '#agent/client/address.js';
import { callsOver } from '#agent/client/calls.js';
import { containerActs } from '#agent/client/container-acts.js';
import { containerReads } from '#agent/client/container-reads.js';
import { nodeCalls } from '#agent/client/node.js';
import { policyCalls } from '#agent/client/policies.js';
import { openTransport, type Transport } from '#agent/client/transport.js';
import { ClientError } from '#agent/contract/client-error.js';

export type { AttachInput, Duration, StopInput, WaitCondition } from '#agent/client/container-acts.js';
export type { ListFilter } from '#agent/client/container-reads.js';
export type { EventsInput, KeptEventsInput } from '#agent/client/events.js';
export type { LogsInput } from '#agent/client/logs.js';
export type { JournalInput, UsageStreamInput } from '#agent/client/node.js';
export type { ClientSession } from '#agent/client/session.js';
export type { TraceInput } from '#agent/client/trace.js';
export type { ContainerView, EventView, StatsView } from '#agent/contract/container.js';
export type { CreateBody, ExecBody } from '#agent/contract/create.js';
export type { JournalPage } from '#agent/contract/journal.js';
export type { LimitsInput, LimitsView } from '#agent/contract/limits.js';
export type { NodeView } from '#agent/contract/node.js';
export type { UsageView } from '#agent/contract/usage.js';
export { ClientError };

export interface ConnectOptions {
  /** `unix:///path`, an absolute path or `http://host:port`. Wins over `state`. */
  host?: string | undefined;
  /** The agent's state directory, which holds `tsgov.sock`. Default /run/tsgov. */
  state?: string | undefined;
  /** Bearer token, needed to change anything over TCP. */
  token?: string | undefined;
  /** Certificates (PEM) that an `https://` host's own must be signed by, or be; else the system's. */
  ca?: string | undefined;
}

/** A typed client of the agent's API. Every method rejects with ClientError: `code`, `field` and `status` as the agent gave them. */
export type TsgovClient = ReturnType<typeof clientOf>;

/**
 * A client for the agent at `host`, or at the unix socket in `state`. Nothing is opened before the first call; kept-alive
 * connections do not hold the process up. Throws ClientError USAGE on an address that is none.
 */
export function connect(options: ConnectOptions = {}): TsgovClient {
  const address: AgentAddress =
    options.host === undefined
      ? { kind: 'unix', path: `${options.state ?? '/run/tsgov'}/tsgov.sock` }
      : parseAddress(options.host);
  return clientOf(openTransport(address, options.token, options.ca));
}

function clientOf(transport: Transport) {
  const calls = callsOver(transport);
  return {
    /** Where it connects to, for messages. */
    target: transport.target,
    ...nodeCalls(calls),
    ...containerReads(calls),
    ...containerActs(calls),
    ...policyCalls(calls),
    /** Closes kept-alive connections. */
    close: () => transport.close(),
  };
}
