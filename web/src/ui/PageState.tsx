import { Button, Spin } from 'antd';
import type { ReactNode } from 'react';

import type { Problem } from '@/api/problem';

import { useTexts, useWords } from './language';
import { commonTexts } from './texts';

type Source<T> = { data?: T | undefined; isPending: boolean; problem: Problem | null; refetch?: () => unknown };

/** What a page or a part of it shows before it has what it shows: reading, failed, not allowed, nothing there. */
export function PageState<T>({
  of,
  empty,
  isEmpty,
  children,
}: {
  of: Source<T>;
  /** Said when there is nothing. */
  empty?: ReactNode;
  isEmpty?: (data: T) => boolean;
  children: (data: T) => ReactNode;
}): ReactNode {
  if (of.data !== undefined) {
    return (
      <>
        {of.problem === null ? null : <ProblemNote problem={of.problem} onRetry={of.refetch} />}
        {isEmpty?.(of.data) === true ? <Empty>{empty}</Empty> : children(of.data)}
      </>
    );
  }
  if (of.problem !== null) {
    return <ProblemNote problem={of.problem} onRetry={of.refetch} />;
  }
  return of.isPending ? <Loading /> : null;
}

export function Loading(): ReactNode {
  const texts = useTexts(commonTexts);
  return (
    <div className="state" role="status">
      <Spin />
      <p>{texts.loading}</p>
    </div>
  );
}

/** Nothing there, and, better, what to do about it. */
export function Empty({ children }: { children?: ReactNode }): ReactNode {
  const texts = useTexts(commonTexts);
  return <div className="state quiet">{children ?? texts.empty}</div>;
}

export function NoRight(): ReactNode {
  const texts = useTexts(commonTexts);
  return (
    <div className="state" role="alert">
      <h2>{texts.noRight}</h2>
      <p>{texts.noRightHint}</p>
    </div>
  );
}

/** A problem where the thing itself would stand. */
export function ProblemNote({ problem, onRetry }: { problem: Problem; onRetry?: (() => unknown) | undefined }): ReactNode {
  const texts = useTexts(commonTexts);
  const words = useWords();
  if (problem.code === 'access.forbidden') {
    return <NoRight />;
  }
  const isFinal = problem.status === 404 || problem.status === 403;
  return (
    <div className="state" role="alert">
      <h2>{words(problem.words)}</h2>
      <p className="code">
        {texts.code} {problem.code}
        {problem.reference === undefined ? '' : ` · ${texts.reference} ${problem.reference}`}
      </p>
      {onRetry === undefined || isFinal ? null : <Button onClick={() => void onRetry()}>{texts.retry}</Button>}
    </div>
  );
}
