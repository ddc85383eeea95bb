import { Type } from 'typebox';
import { DeathPage, JournalPage } from '#agent/contract/journal.js';
import { JOURNAL_ACTIONS } from '#agent/contract/journal-words.js';
import type { ApiApp, ApiContext } from './context.js';
import { Limit, pageSize } from './paging.js';
import { pointInTime, TimeText } from './query.js';

const Ref = Type.String({
  minLength: 1,
  description: "A container's name, its id, or the start of its id; also of one that is gone.",
});
const paging = {
  since: Type.Optional(TimeText),
  until: Type.Optional(TimeText),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', description: '`next` of the page before.' })),
};
const closed = { additionalProperties: false };

/** What was done, and how containers ended; the newest first. */
export function journalRoutes(app: ApiApp, { journal, clock }: ApiContext): void {
  const timeOf = (text: string | undefined, field: string): number | undefined =>
    text === undefined ? undefined : Date.parse(pointInTime(text, clock.nowMs(), field));

  app.route({
    method: 'GET',
    url: '/v1/journal',
    schema: {
      summary:
        'Acts of people, policies, rules and the agent, the newest first: who, why, before and after, and how it goes back.',
      querystring: Type.Object(
        {
          container: Type.Optional(Ref),
          policy: Type.Optional(Type.String({ minLength: 1, description: 'Acts of this policy.' })),
          action: Type.Optional(Type.String({ enum: [...JOURNAL_ACTIONS] })),
          ...paging,
        },
        closed,
      ),
      response: { 200: JournalPage },
    },
    handler: async (request, reply) => {
      const { container, policy, action, since, until, limit, cursor } = request.query;
      const query = { container, policy, action, cursor, limit: pageSize(limit) };
      return reply.send(await journal.journal({ ...query, sinceMs: timeOf(since, 'since'), untilMs: timeOf(until, 'until') }));
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/deaths',
    schema: {
      summary: 'How runs of containers ended, the newest first; kept when the container is gone.',
      querystring: Type.Object({ container: Type.Optional(Ref), ...paging }, closed),
      response: { 200: DeathPage },
    },
    handler: async (request, reply) => {
      const { container, since, until, limit, cursor } = request.query;
      const query = { container, cursor, limit: pageSize(limit) };
      return reply.send(await journal.deaths({ ...query, sinceMs: timeOf(since, 'since'), untilMs: timeOf(until, 'until') }));
    },
  });
}
