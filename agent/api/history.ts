import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import { HistoryView } from '#agent/contract/journal.js';
import { MomentView } from '#agent/contract/moment.js';
import { SIGNALS } from '#agent/policy/signals.js';
import type { ApiApp, ApiContext } from './context.js';
import { DurationText, durationMs, pointInTime, RefParams, TimeText, Words, wordsOf } from './query.js';

const HOUR_MS = 3_600_000;
const closed = { additionalProperties: false };

/** What a container used, also one that is gone; and how the whole node was at a moment. */
export function historyRoutes(app: ApiApp, { backend, history, clock }: ApiContext): void {
  const timeOf = (text: string, field: string): number => Date.parse(pointInTime(text, clock.nowMs(), field));

  app.route({
    method: 'GET',
    url: '/v1/history',
    schema: {
      summary:
        'The node and all containers that ran, as the last recorded tick at or before a time saw them, else the first there is.',
      querystring: Type.Object({ at: TimeText }, closed),
      response: { 200: MomentView },
    },
    handler: async (request, reply) => reply.send(await history.moment(timeOf(request.query.at, 'at'))),
  });

  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/history',
    schema: {
      summary:
        'What a container used, also one that is gone: each second for a day, then every 10 s for a week and every 60 s for a month. A step is at least that long.',
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
      const stepMs = step === undefined ? undefined : durationMs(step, 'step');
      checkSpan(fromMs, toMs, stepMs);
      return reply.send(
        await history.history({ container: idOf(request.params.ref), fromMs, toMs, stepMs, fields: signalsOf(wordsOf(fields)) }),
      );
    },
  });

  /** A container that is there by whatever it is called; one that is gone by what was recorded of it. Throws REF_AMBIGUOUS. */
  const idOf = (ref: string): string => {
    try {
      return backend.inspect(ref).id;
    } catch (error) {
      if (error instanceof AgentError && error.code === 'CONTAINER_NOT_FOUND') return ref;
      throw error;
    }
  };
}

const LEAST_STEP_MS = 1000;
/** Of an answer. */
const MOST_STEPS = 20_000;

/** Throws BODY_INVALID. */
function checkSpan(fromMs: number, toMs: number, stepMs: number | undefined): void {
  if (fromMs >= toMs) throw new AgentError('BODY_INVALID', 'from must be before to', { field: 'from' });
  if (stepMs === undefined) return;
  if (stepMs < LEAST_STEP_MS)
    throw new AgentError('BODY_INVALID', `step must be at least 1s, not ${stepMs} ms`, { field: 'step' });
  if ((toMs - fromMs) / stepMs <= MOST_STEPS) return;
  const least = Math.ceil((toMs - fromMs) / MOST_STEPS / 1000);
  throw new AgentError('BODY_INVALID', `step must be at least ${least}s here: an answer has at most ${MOST_STEPS} steps`, {
    field: 'step',
  });
}

/** Throws BODY_INVALID for one that is none. */
function signalsOf(words: readonly string[]): readonly string[] | undefined {
  for (const word of words)
    if (!Object.hasOwn(SIGNALS, word) || word.startsWith('node.')) {
      const valid = Object.keys(SIGNALS).filter((name) => !name.startsWith('node.'));
      throw new AgentError('BODY_INVALID', `fields has no signal ${JSON.stringify(word)}; there are ${valid.join(', ')}`, {
        field: 'fields',
      });
    }
  return words.length === 0 ? undefined : words;
}
