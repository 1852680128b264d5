import createClient from 'openapi-fetch';

import { currentLanguage } from '@/ui/language';

import { Problem, asProblem, problemOf } from './problem';
import type { components, paths } from './schema';

export type { paths };
/** What the API speaks of: `Schema<'Bill'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** Longer than the server's own limit: its word goes before ours. */
const PATIENCE_MS = 45_000;

/** The typed client. Let `ask` take its answer apart, or the hooks of `ui/asking`. */
export const api = createClient<paths>({ baseUrl: '/' });

api.use({
  onRequest({ request }) {
    request.headers.set('X-Gridhall-Request', '1');
    request.headers.set('Accept-Language', currentLanguage() === 'zh' ? 'zh-CN' : 'en');
    return new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]) });
  },
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** What was asked for, or a thrown `Problem`. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    throw asProblem(error);
  }
  if (answer.response.ok) {
    return answer.data as T;
  }
  const problem = problemOf(answer.error, answer.response);
  if (problem.code === 'access.signed-out') {
    sessionLost.tell();
  }
  throw problem;
}

/** A file of the API for a new window or for saving; a problem is thrown as everywhere. */
export async function askFile(path: string): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(path, { headers: { 'X-Gridhall-Request': '1' } });
  } catch (error) {
    throw asProblem(error);
  }
  if (response.ok) {
    return response.blob();
  }
  const problem = problemOf(await response.json().catch(() => null), response);
  if (problem.code === 'access.signed-out') {
    sessionLost.tell();
  }
  throw problem;
}

/** Who wants to know that the server no longer knows us. */
class Listeners {
  private readonly listeners = new Set<() => void>();

  tell(): void {
    this.listeners.forEach((listener) => listener());
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export const sessionLost = new Listeners();

export { Problem };
