/** What /metrics is asked for: `lean` leaves out what few look at and much is sent for. */
export const PROFILES = ['lean', 'full'] as const;
export type Profile = (typeof PROFILES)[number];

export interface ScrapeRequest {
  profile: Profile;
  format: 'text' | 'openmetrics';
}

export interface Scrape {
  contentType: string;
  /** The text, made while it is read. */
  chunks: AsyncGenerator<string>;
}

/** What the HTTP API needs of the metrics; agent/metrics implements it. */
export interface MetricsBackend {
  /** Once it resolves, what is read of containers has been. */
  scrape(request: ScrapeRequest): Promise<Scrape>;
}
