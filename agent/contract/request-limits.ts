/** Bytes of a request's body; larger ones are refused, on every route. */
export const MAX_BODY_BYTES = 1 << 20;

/** A policy file of more than this many characters is refused. */
export const MAX_POLICY_CHARS = 1 << 20;
