import type { ClientRequest } from 'node:http';

/** Bodies from this size on are announced: less than what a socket holds, so that smaller ones are sent whatever is answered. */
const ANNOUNCED_BYTES = 64 * 1024;
/** Somebody in between who does not know how to ask for a body gets it all the same, RFC 9110 10.1.1. */
const CONTINUE_MS = 1000;

/** What a request with this body has to say in its head. */
export function bodyHeaders(body: Buffer | undefined): Record<string, string> {
  return body === undefined || body.length < ANNOUNCED_BYTES ? {} : { expect: '100-continue' };
}

/**
 * Ends a request with its body. One that was announced is sent when the server asks for it, and not at all when it answers at once: a
 * server that refuses by the head closes the connection, and what was answered is lost to who still sends.
 */
export function sendBody(request: ClientRequest, body: Buffer | undefined): void {
  if (!request.hasHeader('expect')) {
    request.end(body);
    return;
  }
  const send = (): void => {
    clearTimeout(timer);
    if (!request.destroyed && !request.writableEnded) request.end(body);
  };
  const timer = setTimeout(send, CONTINUE_MS);
  request
    .once('continue', send)
    .once('close', () => clearTimeout(timer))
    .once('response', (response) => {
      clearTimeout(timer);
      // Nothing can follow a head whose body never came.
      if (!request.writableEnded) response.once('end', () => request.destroy());
    });
}
