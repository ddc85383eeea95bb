import { Type } from 'typebox';
import { HistoryView } from '#agent/contract/journal.js';
import { MomentView } from '#agent/contract/moment.js';
import type { ApiApp, ApiContext } from './context.js';
import { DurationText, durationMs, pointInTime, RefParams, TimeText, Words, wordsOf } from './query.js';

const HOUR_MS = 3_600_000;
const closed = { additionalProperties: false };

/** What a container used, also one that is gone; and how the whole node was at a moment. */
export function historyRoutes(app: ApiApp, { history, clock }: ApiContext): void {
  const timeOf = (text: string, field: string): number => Date.parse(pointInTime(text, clock.nowMs(), field));

  app.route({
    method: 'GET',
    url: '/v1/history',
    schema: {
      summary: 'The node and all containers that ran, as the last recorded tick at or before a time saw them, else the first there is.',
      querystring: Type.Object({ at: TimeText }, closed),
      response: { 200: MomentView },
    },
    handler: async (request, reply) => reply.send(await history.moment(timeOf(request.query.at, 'at'))),
  });

  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/history',
    schema: {
      summary: 'What a container used, second by second for a day, then every 10 s for a week and every 60 s for a month.',
      params: RefParams,
      querystring: Type.Object(
        {
          from: Type.Optional(TimeText),
          to: Type.Optional(TimeText),
          step: Type.Optional(DurationText),
          fields: Type.Optional(Words),
        },
        closed,
      ),
      response: { 200: HistoryView },
    },
    handler: async (request, reply) => {
      const { from, to, step, fields } = request.query;
      const toMs = to === undefined ? clock.nowMs() : timeOf(to, 'to');
      const fromMs = from === undefined ? toMs - HOUR_MS : timeOf(from, 'from');
      const wanted = wordsOf(fields);
      return reply.send(
        await history.history({
          container: request.params.ref,
          fromMs,
          toMs,
          stepMs: step === undefined ? undefined : durationMs(step, 'step'),
          fields: wanted.length === 0 ? undefined : wanted,
        }),
      );
    },
  });
}
