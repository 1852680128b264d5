import { Button, Tooltip } from 'antd';
import type { ComponentProps, ReactNode } from 'react';

import { Keys, useHotkeys } from './hotkeys';

type Props = Omit<ComponentProps<typeof Button>, 'onClick' | 'disabled'> & {
  does: string;
  onAct: () => void;
  keys?: string;
  /** Why it cannot be done now; the button says so instead of vanishing. */
  notNow?: string | undefined;
};

/** A button that shows its key, and its reason where it does not work. */
export function ActButton({ does, onAct, keys, notNow, loading, ...rest }: Props): ReactNode {
  const isOff = notNow !== undefined;
  useHotkeys(does, keys === undefined ? [] : [{ keys, does, run: onAct, off: isOff || Boolean(loading) }]);
  const button = (
    <Button {...rest} loading={loading ?? false} disabled={isOff} aria-keyshortcuts={keys} onClick={onAct}>
      {does}
      {keys === undefined ? null : <Keys keys={keys} />}
    </Button>
  );
  return isOff ? <Tooltip title={notNow}>{<span tabIndex={0}>{button}</span>}</Tooltip> : button;
}
