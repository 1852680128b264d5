import type { components } from './schema';

export type Words = components['schemas']['Words'];

/** Why a call did not bring what was asked for: the server's problem document, or no answer at all. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly words: Words;
  readonly field: string | undefined;
  /** Of a fault: what to tell the administrator. */
  readonly reference: string | undefined;

  constructor(told: { code: string; status: number; words: Words; field?: string | undefined; reference?: string | undefined }) {
    super(`${told.code}: ${told.words.en}`);
    this.code = told.code;
    this.status = told.status;
    this.words = told.words;
    this.field = told.field;
    this.reference = told.reference;
  }

  /** Whether nobody knows if the server has done it. */
  get isOpen(): boolean {
    return this.status === 0 || this.status >= 500 || this.code === 'idempotency.running';
  }
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : unreachable();
}

/** A problem from the body of a failed answer. */
export function problemOf(body: unknown, response: Response): Problem {
  if (isDocument(body)) {
    const { code, message, field, reference } = body;
    return new Problem({ code, status: response.status, words: message, field: field ?? undefined, reference: reference ?? undefined });
  }
  const reference = response.headers.get('x-request-id') ?? undefined;
  const words = { zh: '服务器的回答无法识别', en: 'the answer of the server cannot be understood' };
  return new Problem({ code: 'answer.unreadable', status: response.status, words, reference });
}

function unreachable(): Problem {
  const words = { zh: '连不上服务器，请检查网络后重试', en: 'the server cannot be reached; check the network and try again' };
  return new Problem({ code: 'network', status: 0, words });
}

function isDocument(body: unknown): body is components['schemas']['Problem'] {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body;
}
