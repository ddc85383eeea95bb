import type { NodeEyes } from '#agent/contract/eyes.js';
import type { UsageView } from '#agent/contract/usage.js';

/** Sees nothing, and keeps what it was asked: for tests of the API's translation. What is seen is tested on the real /proc. */
export class MemoryEyes implements NodeEyes {
  readonly calls: [string, ...unknown[]][] = [];

  usage(...asked: Parameters<NodeEyes['usage']>): UsageView {
    this.calls.push(['usage', ...asked]);
    return {
      time: '2026-01-01T00:00:10.000Z',
      tickTime: null,
      node: { hostname: 'box', cpus: [], memTotalBytes: 0, swapTotalBytes: 0, swapFreeBytes: 0, load: [], signals: {} },
      containers: [],
    };
  }
  async namespaces(...asked: Parameters<NodeEyes['namespaces']>) {
    this.calls.push(['namespaces', ...asked]);
    return [];
  }
  async processes(...asked: Parameters<NodeEyes['processes']>) {
    this.calls.push(['processes', ...asked]);
    return [];
  }
  async sockets(...asked: Parameters<NodeEyes['sockets']>) {
    this.calls.push(['sockets', ...asked]);
    return [];
  }
  async mounts(...asked: Parameters<NodeEyes['mounts']>) {
    this.calls.push(['mounts', ...asked]);
    return [];
  }
}
