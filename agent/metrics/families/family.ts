import type { Profile } from '#agent/contract/metrics.js';
import type { Metric } from '#agent/metrics/metric.js';
import type { Subject } from '#agent/metrics/subjects/subject.js';

/** Takes one series of a family; `extra` are labels beside the subject's own. A value that is undefined is none. */
export type Emit = (value: number | undefined, extra?: string) => void;

/** A metric of containers and how its series come from one. */
export interface Family extends Metric {
  series(subject: Subject, emit: Emit, profile: Profile): void;
}

export type Read = (subject: Subject) => number | undefined;

type Options = Partial<Pick<Metric, 'full'>>;

/** One series a container that runs. */
export function gauge(name: string, help: string, source: Metric['source'], read: Read, options: Options = {}): Family {
  return family({ name, type: 'gauge', help, source, ...options }, [], (subject, emit) => {
    if (subject.live) emit(read(subject));
  });
}

/** One series a container, which stays as it was for a while when it ends. */
export function counter(
  name: `${string}_total`,
  help: string,
  source: Metric['source'],
  read: Read,
  options: Options = {},
): Family {
  return family({ name, type: 'counter', help, source, ...options }, [], (subject, emit) => emit(read(subject)));
}

/** Any other: series with labels of their own. */
export function family(
  metric: Omit<Metric, 'labels' | 'perContainer'>,
  labels: readonly string[],
  series: Family['series'],
): Family {
  return { ...metric, labels, perContainer: true, series };
}

export function seconds(usec: number | undefined): number | undefined {
  return usec === undefined ? undefined : Math.round(usec) / 1e6;
}
