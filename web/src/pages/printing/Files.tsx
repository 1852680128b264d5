import { type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DataTable, counted, usePages, useTexts, type Column } from '@/ui';

import { printingTexts } from './texts';

type PrintFile = Schema<'PrintFile'>;

/** The files of a run, each to be fetched as soon as it is whole. */
export function Files({ id, printed }: { id: string; printed: number }): ReactNode {
  const texts = useTexts(printingTexts);
  const files = usePages(
    ['print-files', id, printed],
    (after) => api.GET('/api/print-runs/{id}/files', { params: { path: { id }, query: after === undefined ? { limit: 50 } : { after, limit: 50 } } }),
    { keepOld: true },
  );
  const columns: Column<PrintFile>[] = [
    { key: 'number', title: texts.file, align: 'right', width: 70, show: (file) => <span className="figure">{file.number}</span> },
    { key: 'bills', title: texts.bills, align: 'right', width: 80, show: (file) => <span className="figure">{counted(file.bills)}</span> },
    { key: 'from', title: texts.from, show: (file) => <span className="figure">{file.first_bill}</span> },
    { key: 'to', title: texts.to, show: (file) => <span className="figure">{file.last_bill}</span> },
    {
      key: 'size',
      title: texts.size,
      align: 'right',
      minor: true,
      show: (file) => (file.bytes === 0 ? '' : <span className="figure">{texts.kib(counted(Math.ceil(file.bytes / 1024)))}</span>),
    },
    {
      key: 'fetch',
      title: texts.download,
      show: (file) =>
        file.bytes === 0 ? (
          texts.notYet
        ) : (
          <a href={`/api/print-runs/${id}/files/${file.number}.pdf`} download aria-label={`${texts.download} ${file.number}`}>
            {texts.download}
          </a>
        ),
    },
  ];
  return <DataTable label={texts.files} columns={columns} rows={files} rowKey={(file) => String(file.number)} empty={texts.noFiles} height={420} />;
}
