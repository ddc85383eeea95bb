import { AgentError } from '#agent/contract/errors.js';

/** Docker's rule for container names, but a single letter will do as well. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const MAX_NAME = 255;
const HEX_ID = /^[0-9a-f]{64}$/;

const ADJECTIVES =
  'able amber ample apt azure bold brave brisk calm candid clear clever cosy crisp deft eager early easy exact fair fleet fond frank free fresh gentle glad grand handy happy hardy honest jolly just keen kind late light lively loyal lucid merry mild modest neat nimble noble patient plain polite proud quick quiet rapid ready sane sharp silent sincere sleek snug sober solid sound spry stable steady still stout sunny swift tame terse tidy trim true upbeat vivid warm wise witty young zesty'.split(
    ' ',
  );
const NOUNS =
  'allen babbage bell bernerslee boole booth carson cerf clarke codd conway curie dahl darwin davis diffie dijkstra einstein engelbart erdos euclid euler faraday fermi feynman galileo gauss germain goldberg goodall hamilton heisenberg hellman hermann hoare hodgkin hooke hopper hypatia jackson jennings johnson joliot karp kepler knuth lamarr lamport leakey liskov lovelace maxwell mccarthy mcnulty meitner mendel mestorf mirzakhani morse naur newton nobel noether nygaard pascal perlman pike poincare ramanujan ritchie rosalind shannon shaw sinoussi stallman tesla thompson torvalds turing villani wescoff wilkes wing wozniak yalow'.split(
    ' ',
  );

/** Throws BODY_INVALID (field `name`) unless `name` may name a container: Docker's rule, at most 255, and not what an id looks like. */
export function checkName(name: string): void {
  if (!NAME.test(name) || name.length > MAX_NAME)
    throw new AgentError(
      'BODY_INVALID',
      `name ${JSON.stringify(name)}: up to ${MAX_NAME} of letters, digits, "_", "." and "-", the first a letter or a digit`,
      { field: 'name' },
    );
  if (HEX_ID.test(name))
    throw new AgentError('BODY_INVALID', `name ${JSON.stringify(name)} looks like a container id; choose another`, {
      field: 'name',
    });
}

/** A name nobody has: `adjective_noun`, with a number after some vain tries. `random` gives numbers in [0, 1). */
export function generateName(taken: (name: string) => boolean, random: () => number): string {
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)]!;
  for (let attempt = 0; ; attempt += 1) {
    const suffix = attempt < 6 ? '' : String(Math.floor(random() * 10 ** Math.min(9, attempt - 5)));
    const name = `${pick(ADJECTIVES)}_${pick(NOUNS)}${suffix}`;
    if (!taken(name)) return name;
  }
}
