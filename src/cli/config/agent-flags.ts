import type { FlagTable } from '#src/cli/flags/flag.js';
import { METRICS_FLAGS } from '#src/cli/metrics-flags.js';
import { RETENTION_FLAGS } from '#src/cli/retention.js';

/** What only the agent is told, each also as TSGOV_* in the environment and by name in the settings file. */
export const AGENT_FLAGS = {
  'policies-dir': {
    type: 'string',
    value: 'string',
    help: 'Where policy files are; also TSGOV_POLICIES_DIR',
    default: '/etc/tsgov/policies.d',
  },
  reassert: {
    type: 'duration',
    value: 'duration',
    help: 'How often limits are looked after; also TSGOV_REASSERT',
    default: '5s',
  },
  'tls-cert': { type: 'string', value: 'file', help: 'Certificate chain (PEM) for TCP; also TSGOV_TLS_CERT' },
  'tls-key': { type: 'string', value: 'file', help: 'Its private key (PEM); also TSGOV_TLS_KEY' },
  fanotify: {
    type: 'string',
    value: 'string',
    words: ['auto', 'off'],
    help: 'auto: hear of other writers to limits at once, where the kernel lets us; off: only find what they did (docs/drift.md); also TSGOV_FANOTIFY',
    default: 'auto',
  },
  bpf: {
    type: 'string',
    value: 'string',
    words: ['auto', 'off'],
    help: 'auto: load BPF programs where the kernel lets us; off: go without (docs/bpf.md); also TSGOV_BPF',
    default: 'auto',
  },
  ...RETENTION_FLAGS,
  ...METRICS_FLAGS,
} as const satisfies FlagTable;
