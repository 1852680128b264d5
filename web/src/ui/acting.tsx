import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useCallback, useRef, useState } from 'react';

import { ask } from '@/api/client';
import { asProblem, type Problem } from '@/api/problem';

import { useTexts, useWords } from './language';
import { commonTexts } from './texts';

type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>;
export type ActHeader = { 'Idempotency-Key': string };

type Wished<Wish, T> = {
  /** Names the act in what the browser remembers of it. */
  name: string;
  /** What is done with the answer. */
  done?: (answer: T, wish: Wish) => void;
  /** First words of the keys that are asked for again: `[['bill', no], ['balance']]`. */
  refresh?: readonly (readonly unknown[])[];
  /** Fields that the page has a place for; a problem elsewhere is told at the top. */
  fields?: readonly string[];
};

export type Acting<Wish> = {
  run: (wish: Wish) => void;
  isRunning: boolean;
  problem: Problem | null;
  /** What is wrong with a field, in the person's language. */
  at: (field: string) => string | undefined;
  /** The problem, unless it belongs to a field. */
  general: Problem | null;
  forget: () => void;
};

const TRIES = 3;
const PAUSE_MS = 1200;

/**
 * Does something that changes something, once. The idempotency key belongs to the wish, not to the
 * click: the same wish repeats its key until an answer has come, also after the page was loaded
 * again; a wish that differs, or one after an answer, has a new one.
 */
export function useAct<Wish, T>(call: (wish: Wish, header: ActHeader) => Call<T>, wished: Wished<Wish, T>): Acting<Wish> {
  const queries = useQueryClient();
  const say = useSay();
  const running = useRef(false);
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const latest = useRef({ call, wished });
  latest.current = { call, wished };

  const attempt = useCallback(async (wish: Wish) => {
    const { call, wished } = latest.current;
    const kept = keyOf(wished.name, wish);
    for (let turn = 1; ; turn += 1) {
      try {
        const answer = await ask(call(wish, { 'Idempotency-Key': kept.key }));
        kept.forget();
        return answer;
      } catch (error) {
        const problem = asProblem(error);
        if (problem.isOpen && turn < TRIES) {
          await new Promise((resume) => setTimeout(resume, PAUSE_MS * turn));
          continue;
        }
        if (!problem.isOpen) {
          kept.forget();
        }
        throw problem;
      }
    }
  }, []);

  const run = useCallback(
    (wish: Wish) => {
      if (running.current) {
        return;
      }
      running.current = true;
      setRunning(true);
      setProblem(null);
      attempt(wish)
        .then((answer) => {
          const { wished } = latest.current;
          wished.refresh?.forEach((queryKey) => void queries.invalidateQueries({ queryKey }));
          wished.done?.(answer, wish);
        })
        .catch((error: unknown) => {
          const problem = asProblem(error);
          setProblem(problem);
          const hasPlace = problem.field !== undefined && latest.current.wished.fields?.includes(problem.field);
          if (!hasPlace) {
            say.problem(problem);
          }
        })
        .finally(() => {
          running.current = false;
          setRunning(false);
        });
    },
    [attempt, queries, say],
  );

  const words = useWords();
  const belongs = problem?.field !== undefined && (wished.fields?.includes(problem.field) ?? false);
  return {
    run,
    isRunning,
    problem,
    at: (field) => (problem !== null && problem.field === field ? words(problem.words) : undefined),
    general: belongs ? null : problem,
    forget: () => setProblem(null),
  };
}

/** Short messages that go away by themselves, and problems that do not. */
export function useSay(): { done: (text: string) => void; problem: (problem: Problem) => void } {
  const { message, notification } = App.useApp();
  const words = useWords();
  const texts = useTexts(commonTexts);
  const latest = useRef({ message, notification, words, texts });
  latest.current = { message, notification, words, texts };
  const say = useRef({
    done: (text: string) => void latest.current.message.success(text, 3),
    problem: (problem: Problem) => {
      // The door has opened already and says so.
      if (problem.code === 'access.signed-out') {
        return;
      }
      const { notification, words, texts } = latest.current;
      const reference = problem.reference === undefined ? '' : ` · ${texts.reference} ${problem.reference}`;
      notification.error({
        key: problem.code,
        title: words(problem.words),
        description: `${problem.code}${reference}`,
        duration: problem.status >= 500 ? 0 : 8,
        placement: 'topRight',
        role: 'alert',
      });
    },
  });
  return say.current;
}

/** The key of a wish, kept in the browser's tab until the wish is answered. */
function keyOf(name: string, wish: unknown): { key: string; forget: () => void } {
  const place = `gridhall.act.${name}.${digest(JSON.stringify(wish) ?? '')}`;
  const key = sessionStorage.getItem(place) ?? newKey();
  sessionStorage.setItem(place, key);
  return { key, forget: () => sessionStorage.removeItem(place) };
}

/** `crypto.randomUUID` is absent where a bureau's network has no TLS. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** FNV-1a: tells wishes apart without keeping what is in them. The server has the last word. */
function digest(text: string): string {
  const prime = 0x100000001b3n;
  const mask = (1n << 64n) - 1n;
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = ((hash ^ BigInt(byte)) * prime) & mask;
  }
  return hash.toString(16);
}
