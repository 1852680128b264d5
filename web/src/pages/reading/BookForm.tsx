import { Button, Input, Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { Field, PageState, useAct, useAsk, useSay, useTexts } from '@/ui';

import { REFRESH } from './deciding';
import { readingTexts } from './texts';

type Book = Schema<'Book'>;
type Props = { code: string; onClose: () => void };

/** The record of a book: put on record, or changed. Its code and its station stay. */
export function BookForm({ code, onClose }: Props): ReactNode {
  const book = useAsk(['book', code], () => api.GET('/api/books/{book}', { params: { path: { book: code } } }));
  return <PageState of={book}>{(book) => <Form book={book} onClose={onClose} />}</PageState>;
}

const DAYS = Array.from({ length: 28 }, (_, at) => String(at + 1));

function Form({ book, onClose }: { book: Book; onClose: () => void }): ReactNode {
  const texts = useTexts(readingTexts);
  const say = useSay();
  const [station, setStation] = useState(book.station ?? '');
  const [name, setName] = useState(book.name ?? '');
  const [day, setDay] = useState(book.reading_day ?? 'last');
  const [cycle, setCycle] = useState(book.cycle ?? 'monthly');
  const [reader, setReader] = useState(book.reader ?? '');
  const [order, setOrder] = useState(book.route_order == null ? '' : String(book.route_order));
  const path = { book: book.code };
  const changed = (): Schema<'ChangedBook'> => ({
    name: name.trim(),
    reading_day: day,
    cycle,
    reader: reader.trim() === '' ? null : reader.trim(),
    route_order: /^\d{1,6}$/.test(order.trim()) ? Number.parseInt(order, 10) : null,
  });
  const options = {
    name: `book ${book.code}`,
    refresh: [...REFRESH, ['book', book.code]],
    fields: ['name', 'station', 'reading_day', 'cycle', 'reader'],
    done: () => {
      say.done(texts.bookKept);
      onClose();
    },
  };
  const change = useAct((body: Schema<'ChangedBook'>, header) => api.POST('/api/books/{book}/change', { params: { path, header }, body }), options);
  const create = useAct((body: Schema<'NewBook'>, header) => api.POST('/api/books', { params: { header }, body }), options);
  const act = book.on_record ? change : create;
  const cycles = [
    { value: 'monthly', label: texts.monthly },
    { value: 'odd', label: texts.odd },
    { value: 'even', label: texts.even },
  ];
  const days = [{ value: 'last', label: texts.lastDay }, ...DAYS.map((day) => ({ value: day, label: day }))];
  return (
    <form
      className="panel decision-form across"
      aria-label={texts.bookRecord(book.code)}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
      onSubmit={(event) => {
        event.preventDefault();
        if (book.on_record) {
          change.run(changed());
        } else {
          create.run({ ...changed(), code: book.code, station: station.trim() });
        }
      }}
    >
      <h2>{texts.bookRecord(book.code)}</h2>
      <Field label={texts.name} required error={act.at('name')}>
        <Input value={name} autoFocus maxLength={200} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={texts.station} required error={act.at('station')}>
        <Input value={station} disabled={book.on_record} onChange={(event) => setStation(event.target.value)} />
      </Field>
      <Field label={texts.dueOn} error={act.at('reading_day')}>
        <Select value={day} options={days} showSearch onChange={setDay} />
      </Field>
      <Field label={texts.cycle} error={act.at('cycle')}>
        <Select value={cycle} options={cycles} onChange={setCycle} />
      </Field>
      <Field label={texts.reader} error={act.at('reader')}>
        <Input value={reader} maxLength={40} onChange={(event) => setReader(event.target.value)} />
      </Field>
      <Field label={texts.routeOrder}>
        <Input value={order} inputMode="numeric" onChange={(event) => setOrder(event.target.value)} />
      </Field>
      <div className="row">
        <Button htmlType="submit" type="primary" loading={act.isRunning}>
          {texts.keep}
        </Button>
        <Button onClick={onClose}>{texts.cancelForm}</Button>
      </div>
    </form>
  );
}
