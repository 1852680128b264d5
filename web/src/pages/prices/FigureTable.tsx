import type { ReactNode } from 'react';

type Props = {
  /** Heads of the columns that hold words, and of those behind them that hold figures. */
  words: readonly string[];
  figures: readonly string[];
  caption?: string | undefined;
  isSmall?: boolean;
  children: ReactNode;
};

/** The frame and heads of a table of figures. */
export function FigureTable({ words, figures, caption, isSmall = false, children }: Props): ReactNode {
  return (
    <div className={isSmall ? 'table-frame small-table' : 'table-frame'}>
      <table className="data-table">
        {caption === undefined ? null : <caption>{caption}</caption>}
        <thead>
          <tr>
            {words.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
            {figures.map((head) => (
              <th key={head} scope="col" className="right">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}
