import { Button } from 'antd';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

import type { Paged } from './asking';
import { useTexts } from './language';
import { Loading, ProblemNote } from './PageState';
import { commonTexts } from './texts';

export type Column<Row> = {
  key: string;
  title: ReactNode;
  show: (row: Row) => ReactNode;
  align?: 'right' | 'center';
  width?: number | string;
  /** Left out first where the screen is narrow. */
  minor?: boolean;
};

type Props<Row> = {
  /** Names the table for those who cannot see it. */
  label: string;
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** All rows, or a list in pages. */
  rows: readonly Row[] | Paged<Row>;
  /** Enter, or a click. */
  onOpen?: (row: Row) => void;
  /** The row under the cursor, for decisions by a key. */
  onChoose?: (row: Row, index: number) => void;
  chosen?: string | undefined;
  empty?: ReactNode;
  rowClass?: (row: Row) => string | undefined;
  /** Below the last row. */
  foot?: ReactNode;
  autoFocus?: boolean;
  /** Height of the scrolling part; the page scrolls where it is absent. */
  height?: number | string;
  /** Keys of this table other than j, k, Enter; true when used. */
  onKey?: (event: KeyboardEvent, row: Row) => boolean;
};

/** A dense table for the keyboard: j and k (or arrows) choose a row, Enter opens it. */
export function DataTable<Row>(props: Props<Row>): ReactNode {
  const { columns, rowKey, onOpen, onChoose } = props;
  const texts = useTexts(commonTexts);
  const paged: Paged<Row> | null = 'more' in props.rows ? props.rows : null;
  const rows: readonly Row[] = 'more' in props.rows ? props.rows.rows : props.rows;
  const [cursor, setCursor] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const table = useRef<HTMLTableElement>(null);
  const id = useId();
  const index = props.chosen === undefined ? cursor : rows.findIndex((row) => rowKey(row) === props.chosen);
  const last = rows.length - 1;
  const acts = onOpen !== undefined || onChoose !== undefined || props.onKey !== undefined;

  useEffect(() => {
    if (props.autoFocus === true && rows.length > 0) {
      // The head of the page stays in sight.
      table.current?.focus({ preventScroll: true });
    }
  }, [props.autoFocus, rows.length > 0]);

  function choose(next: number): void {
    const at = Math.max(0, Math.min(last, next));
    const row = rows[at];
    if (row === undefined) {
      return;
    }
    setCursor(at);
    onChoose?.(row, at);
    body.current?.children[at]?.scrollIntoView({ block: 'nearest' });
    if (next > last - 5) {
      paged?.more();
    }
  }

  function press(event: KeyboardEvent): void {
    if (event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT|BUTTON|A)$/.test(event.target.tagName)) {
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const row = rows[index];
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -rows.length, End: rows.length }[event.key];
    if (step !== undefined) {
      choose(index + step);
    } else if (event.key === 'Enter' && row !== undefined && onOpen !== undefined) {
      onOpen(row);
    } else if (row === undefined || props.onKey?.(event, row) !== true) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  if (rows.length === 0) {
    if (paged?.problem != null) {
      return <ProblemNote problem={paged.problem} onRetry={paged.refetch} />;
    }
    return paged?.isPending === true ? <Loading /> : <div className="state quiet">{props.empty ?? texts.empty}</div>;
  }
  return (
    <>
      <div
        className="table-frame"
        style={props.height === undefined ? undefined : { maxHeight: props.height }}
        {...(acts ? {} : { tabIndex: 0, role: 'region', 'aria-label': props.label })}
      >
        <table
          ref={table}
          className={`data-table${acts ? ' acts' : ''}`}
          aria-label={acts ? texts.keysFor(props.label) : props.label}
          {...(acts ? { role: 'grid', tabIndex: 0, 'aria-activedescendant': `${id}-${index}`, onKeyDown: press } : {})}
        >
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.key} scope="col" className={classOf(column)} style={{ width: column.width }}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {rows.map((row, at) => (
              <tr
                key={rowKey(row)}
                id={`${id}-${at}`}
                className={props.rowClass?.(row)}
                aria-selected={acts ? at === index : undefined}
                onClick={acts ? () => clicked(row, at) : undefined}
                onDoubleClick={onChoose !== undefined && onOpen !== undefined ? () => onOpen(row) : undefined}
              >
                {columns.map((column) => (
                  <td key={column.key} className={classOf(column)}>
                    {column.show(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          {props.foot === undefined ? null : <tfoot>{props.foot}</tfoot>}
        </table>
      </div>
      {paged === null ? null : <Turn paged={paged} />}
    </>
  );

  /** With a cursor of its own a click chooses; without one it opens. */
  function clicked(row: Row, at: number): void {
    setCursor(at);
    onChoose?.(row, at);
    const selects = (window.getSelection()?.toString() ?? '') !== '';
    if (onChoose === undefined && onOpen !== undefined && !selects) {
      onOpen(row);
    }
  }
}

function Turn<Row>({ paged }: { paged: Paged<Row> }): ReactNode {
  const texts = useTexts(commonTexts);
  const count = paged.rows.length;
  return (
    <div className="table-turn">
      <span>{paged.hasMore ? texts.shownSoFar(count) : texts.allShown(count)}</span>
      {paged.hasMore ? (
        <Button size="small" onClick={paged.more} loading={paged.isFetching}>
          {texts.more}
        </Button>
      ) : null}
      {paged.problem === null ? null : <ProblemNote problem={paged.problem} onRetry={paged.refetch} />}
    </div>
  );
}

function classOf<Row>(column: Column<Row>): string {
  return `${column.align ?? ''}${column.minor === true ? ' minor' : ''}`;
}
