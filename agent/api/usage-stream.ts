import { Type } from 'typebox';
import type { UsageQuery, UsageView } from '#agent/contract/usage.js';
import type { ApiApp, ApiContext } from './context.js';
import { EVENT_STREAM } from './media-types.js';
import { DurationText, durationMs, Words, wordsOf } from './query.js';
import { type SseMessage, sendSse } from './sse-out.js';
import { clientGone, streamAnswer } from './stream-out.js';
import { UsageWords, usageQuery } from './usage-query.js';

/** A client that has more than this unread is dropped; one that is behind gets no more until it has caught up. */
const MAX_UNREAD_BYTES = 4 << 20;

/** What `GET /v1/stats` answers, again at each tick. */
export function usageStreamRoutes(app: ApiApp, { eyes, ticks, clock, onFault }: ApiContext): void {
  const texts = new TickTexts(ticks, (query) => eyes.usage(query));

  app.route({
    method: 'GET',
    url: '/v1/stats/stream',
    exposeHeadRoute: false,
    schema: {
      summary:
        'What `/v1/stats` answers, now and again after each tick, at most every `interval`; `text/event-stream`, event `stats`. `container`: only these (names, ids).',
      querystring: Type.Object(
        {
          ...UsageWords,
          container: Type.Optional(Words),
          interval: Type.Optional(DurationText),
        },
        { additionalProperties: false },
      ),
      produces: [EVENT_STREAM],
    },
    handler: async (request, reply) => {
      const { container, interval, ...words } = request.query;
      const query = usageQuery(words);
      const intervalMs = interval === undefined ? 0 : durationMs(interval, 'interval');
      const text = () => texts.of(query, wordsOf(container));
      const gone = clientGone(request, reply);
      await streamAnswer(
        reply,
        EVENT_STREAM,
        (out) => {
          const pace = { gone, intervalMs, clock, behind: () => out.writableLength > 0 };
          return sendSse(out, eachTick(ticks, text, pace), { gone, maxUnreadBytes: MAX_UNREAD_BYTES });
        },
        onFault,
      );
      return reply;
    },
  });
}

interface Pace {
  gone: AbortSignal;
  intervalMs: number;
  clock: { monotonicMs(): number };
  behind: () => boolean;
}

/** The present has no past: a client that was away, or is slow, gets the newest only. */
async function* eachTick(ticks: ApiContext['ticks'], text: () => string, pace: Pace): AsyncGenerator<SseMessage> {
  const { gone, intervalMs, clock, behind } = pace;
  // A tick that comes a little early counts for its second.
  const slackMs = intervalMs / 10;
  let dueMs: number | undefined;
  for (; !gone.aborted; await ticks.next(gone)) {
    const nowMs = clock.monotonicMs();
    if (dueMs !== undefined && (nowMs < dueMs - slackMs || behind())) continue;
    dueMs = nowMs + intervalMs;
    yield { event: 'stats', data: text() };
  }
}

/** Each view is made once a tick, however many look. */
class TickTexts {
  readonly #ticks: ApiContext['ticks'];
  readonly #view: (query: UsageQuery) => UsageView;
  readonly #texts = new Map<string, string>();
  #count = -1;

  constructor(ticks: ApiContext['ticks'], view: (query: UsageQuery) => UsageView) {
    this.#ticks = ticks;
    this.#view = view;
  }

  of(query: UsageQuery, containers: readonly string[]): string {
    if (this.#count !== this.#ticks.count) this.#texts.clear();
    this.#count = this.#ticks.count;
    const key = JSON.stringify([query, containers]);
    let text = this.#texts.get(key);
    if (text === undefined) {
      text = JSON.stringify(narrowed(this.#view(query), containers));
      this.#texts.set(key, text);
    }
    return text;
  }
}

function narrowed(view: UsageView, refs: readonly string[]): UsageView {
  if (refs.length === 0) return view;
  return { ...view, containers: view.containers.filter(({ id, name }) => refs.includes(id) || refs.includes(name)) };
}
