import { CATALOGUE, CONTAINER_LABELS } from './catalogue.js';
import type { Metric } from './metric.js';

/** docs/metrics.md: how to ask for metrics, then every metric of the catalogue. */
export function metricsMarkdown(): string {
  const groups = CATALOGUE.map(({ title, metrics }) =>
    [
      `## ${title}`,
      '',
      '| metric | type | labels | what | source on v2 (v1) |',
      '|---|---|---|---|---|',
      ...metrics.map(row),
      '',
    ].join('\n'),
  );
  return [PREFACE, ...groups].join('\n');
}

function row(metric: Metric): string {
  const { name, type, labels, help, source, full } = metric;
  const all = [...(metric.perContainer ? ['…'] : []), ...labels.map((label) => `\`${label}\``)].join(', ');
  const from = typeof source === 'string' ? source : source.v1 === '–' ? `${source.v2} (–)` : `${source.v2} (${source.v1})`;
  return `| \`${name}\`${full === true ? ' *full*' : ''} | ${type} | ${all} | ${cell(help)} | ${cell(from)} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

const PREFACE = `# Metrics

Written by \`node scripts/gen-docs.mjs\` from \`agent/metrics/catalogue.ts\`; a test compares.

\`GET /metrics\`, on the unix socket and on TCP (\`tsgov agent --listen\`, default 127.0.0.1:9477):

| asked by | what |
|---|---|
| \`Accept\` | \`text/plain; version=0.0.4\`, or OpenMetrics 1.0 (\`application/openmetrics-text\`) where that is preferred, as Prometheus does. The series are the same |
| \`Accept-Encoding: gzip\` | compressed, in a thread, while the text is made |
| \`?profile=lean\` | the default: everything below but what is marked *full* |
| \`?profile=full\` | all of it. What is read process by process (\`container_file_descriptors\`, \`container_sockets\`, \`container_tasks_state\`) costs some 10 µs a task and file at each scrape. Any other profile is refused (400) |

A scrape never stops the agent for longer than some milliseconds: it is made in slices. What a figure is as old as:

- What the tick reads (CPU, memory in use, events, pressure, threads): at most one tick, a second; of a container that used no CPU and waited for nothing for some seconds, five.
- memory.stat and disks: up to 5 s, for their files cost the kernel more. \`container_memory_working_set_bytes\` takes both of its parts from the same moment.
- Limits, labels, network, processes, peaks: of this scrape. With more than 50 containers as many as can be read in 3 % of the time between scrapes (30 ms at least), in turn: of 1,000 that
  are scraped every 15 s all, of 1,000 that are scraped every second each all some seconds.
- \`container_fs_usage_bytes\`: a minute, or twenty times as long as measuring took.

## Labels

Every series of a container has ${CONTAINER_LABELS.map((label) => `\`${label}\``).join(', ')} (below: …): its cgroup's path, its name and its image. The node itself is \`id="/"\` with empty name and image.
A cgroup that is no container is among them where a policy claims it or a person set something on it; its name is its path.

\`tsgov agent --metrics-label-allow GLOB,…\` (or \`TSGOV_METRICS_LABEL_ALLOW\`) lets labels of containers through, as \`container_label_NAME\`, the same in every series and empty where a container has none. A glob
is matched with the whole key: \`*\` is any characters, \`?\` one, \`[a-c]\` one of a set, \`\\\` takes the next as it is. In names what is no letter, digit or underscore becomes \`_\`. Keys that so become one name
(\`app.tier\` and \`app_tier\`) share it: of a container that has several of them, the first in the order of their characters is told. Each value of a label makes series of its own:
allow what has few.

## Containers that ended

One that ended keeps its counters, as its last sample says, its peak of memory, its exit code and OOM kills for a grace period (\`--metrics-grace 5m\`, \`TSGOV_METRICS_GRACE\`), also when it was removed, so that what came and went between
two scrapes is seen, and across a restart of the agent. Its gauges go at once. As long as it is on record (\`tsgov ps -a\`), its state, exit code and OOM kills stay. When somebody else has
its name, only that one is told of: no series is there twice. At most 2,000 that are gone are remembered.

OpenMetrics' \`_created\` is left out: Prometheus would keep each as a series, and \`container_start_time_seconds\` says it for all counters of a container.

In the tables, \`–\` is what that version does not have. A host with some controllers on v1 and some on v2 has each from where it is.
`;
