import { Button, Input, Space } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';

import { Field } from '@/ui/Field';
import { useTexts } from '@/ui/language';
import { commonTexts } from '@/ui/texts';

type Props = {
  /** What happens then: the button's word. */
  act: string;
  onGiven: (reason: string) => void;
  onCancel?: () => void;
  isRunning?: boolean;
  /** What the server says about the reason. */
  error?: string | undefined;
  least?: number;
  label?: string;
  danger?: boolean;
  /** Reasons that are given often, to be taken with a click. */
  usual?: readonly string[];
  /** False where another field comes first. */
  takesFocus?: boolean;
};

/** A reason, asked for in place and not in a window over the page. Enter gives it, Escape leaves. */
export function ReasonField(props: Props): ReactNode {
  const { act, onGiven, onCancel, isRunning = false, error, least = 4, label, danger = false, usual = [], takesFocus = true } = props;
  const texts = useTexts(commonTexts);
  const [reason, setReason] = useState('');
  const [wasTried, setTried] = useState(false);
  const [before] = useState(() => document.activeElement);
  const isEnough = Array.from(reason.trim()).length >= least;

  // The keys go back to where they were, so that the next row is one arrow away.
  useEffect(
    () => () => {
      if (document.activeElement === document.body && before instanceof HTMLElement && before.isConnected) {
        before.focus();
      }
    },
    [before],
  );

  function give(): void {
    setTried(true);
    if (isEnough && !isRunning) {
      onGiven(reason.trim());
    }
  }

  return (
    <form
      className="reason"
      onSubmit={(event) => {
        event.preventDefault();
        give();
      }}
    >
      <Field
        label={label ?? texts.reason}
        required
        error={error ?? (wasTried && !isEnough ? texts.reasonHint(least) : undefined)}
        hint={texts.reasonHint(least)}
      >
        <Input
          value={reason}
          autoFocus={takesFocus}
          maxLength={200}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && onCancel !== undefined) {
              event.stopPropagation();
              onCancel();
            }
          }}
        />
      </Field>
      <Space wrap>
        <Button htmlType="submit" type="primary" danger={danger} loading={isRunning}>
          {act}
        </Button>
        {onCancel === undefined ? null : <Button onClick={onCancel}>{texts.cancel}</Button>}
        {usual.map((words) => (
          <Button key={words} size="small" type="dashed" onClick={() => setReason(words)}>
            {words}
          </Button>
        ))}
      </Space>
    </form>
  );
}
