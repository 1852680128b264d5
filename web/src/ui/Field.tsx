import { cloneElement, useId, type ReactElement, type ReactNode } from 'react';

type Control = { id?: string; status?: '' | 'error' | 'warning'; 'aria-invalid'?: boolean; 'aria-describedby'?: string };

type Props = {
  label: ReactNode;
  /** One input. */
  children: ReactElement<Control>;
  error?: string | undefined;
  hint?: ReactNode;
  /** Label beside the input instead of above it. */
  inline?: boolean;
  required?: boolean;
  width?: number | string;
};

/** An input with its label, its hint and what is wrong with it, tied together for screen readers. */
export function Field({ label, children, error, hint, inline = false, required = false, width }: Props): ReactNode {
  const id = useId();
  const told = error ?? hint;
  const control = cloneElement(children, {
    id,
    ...(error === undefined ? {} : { status: 'error' as const, 'aria-invalid': true }),
    ...(told === undefined ? {} : { 'aria-describedby': `${id}-told` }),
  });
  return (
    <div className={`field${inline ? ' inline' : ''}${error === undefined ? '' : ' wrong'}`} style={{ width }}>
      <label htmlFor={id}>
        {label}
        {required ? <span className="must" aria-hidden="true">*</span> : null}
      </label>
      <div className="control">
        {control}
        {told === undefined ? null : (
          <p id={`${id}-told`} className={error === undefined ? 'hint' : 'error'} role={error === undefined ? undefined : 'alert'}>
            {told}
          </p>
        )}
      </div>
    </div>
  );
}
