import { useEffect, useMemo, useRef, useSyncExternalStore, type ReactNode } from 'react';

/**
 * Keys. `F2`, `Enter`, `ctrl+Enter`, `alt+1`, `j`, `?`, or two in a row: `g c`. A key without ctrl or
 * alt that writes something is left to the field in which somebody writes.
 */
export type Hotkey = { keys: string; does: string; run: () => void; off?: boolean; hidden?: boolean };

type Group = { title: string; keys: Hotkey[] };

const groups: { current: Group }[] = [];
const listeners = new Set<() => void>();
let shown: readonly Group[] = [];
let begun: { key: string; at: number } | null = null;

const SECOND_KEY_WITHIN_MS = 1200;

/** Keys of a page or a part of it, while it is on the screen. What comes later goes first. */
export function useHotkeys(title: string, keys: Hotkey[]): void {
  const group = useRef<Group>({ title, keys });
  group.current = { title, keys };
  useEffect(() => {
    groups.push(group);
    tell();
    return () => {
      groups.splice(groups.indexOf(group), 1);
      tell();
    };
  }, []);
  const told = keys.map(({ keys, does, off }) => `${keys}${does}${off}`).join('\n');
  useEffect(tell, [told, title]);
}

/** All keys that work now, for the help. */
export function useAllHotkeys(): readonly Group[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
}

function tell(): void {
  shown = groups.map((group) => group.current);
  listeners.forEach((listener) => listener());
}

/** Whether the key belongs to the field that has the focus. */
function isWriting(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  const writes = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  const harmless = event.ctrlKey || event.altKey || event.metaKey || /^(F\d+|Escape)$/.test(event.key);
  return writes && !harmless;
}

function nameOf(event: KeyboardEvent): string {
  const parts = [
    event.ctrlKey || event.metaKey ? 'ctrl' : '',
    event.altKey ? 'alt' : '',
    event.shiftKey && event.key.length > 1 ? 'shift' : '',
    // With alt some layouts write another letter.
    event.altKey && /^(Key|Digit)/.test(event.code) ? event.code.slice(-1).toLowerCase() : event.key === ' ' ? 'Space' : event.key,
  ];
  return parts.filter((part) => part !== '').join('+');
}

function isOwnEnter(event: KeyboardEvent): boolean {
  const target = event.target;
  return event.key === 'Enter' && target instanceof HTMLElement && /^(BUTTON|A|SUMMARY)$/.test(target.tagName);
}

window.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing || isWriting(event) || isOwnEnter(event)) {
    return;
  }
  if (document.querySelector('.ant-modal-wrap:not([style*="display: none"])') !== null && event.key !== 'Escape') {
    return;
  }
  const name = nameOf(event);
  const both = begun !== null && event.timeStamp - begun.at < SECOND_KEY_WITHIN_MS ? `${begun.key} ${name}` : null;
  begun = null;
  const live = groups.flatMap((group) => group.current.keys).filter((key) => key.off !== true).toReversed();
  const found = live.find((key) => key.keys === both) ?? live.find((key) => key.keys === name);
  if (found !== undefined) {
    event.preventDefault();
    found.run();
  } else if (live.some((key) => key.keys.startsWith(`${name} `))) {
    begun = { key: name, at: event.timeStamp };
  }
});

/** How a key is shown beside what it does. */
export function Keys({ keys }: { keys: string }): ReactNode {
  const parts = useMemo(() => keys.split(' ').map((chord) => chord.split('+').map(labelOf).join('+')), [keys]);
  return (
    <span className="keys" aria-hidden="true">
      {parts.map((part) => (
        <kbd key={part}>{part}</kbd>
      ))}
    </span>
  );
}

function labelOf(key: string): string {
  const names: Record<string, string> = { ctrl: 'Ctrl', alt: 'Alt', shift: 'Shift', Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓' };
  return names[key] ?? (key.length === 1 && /[a-z]/.test(key) ? key.toUpperCase() : key);
}
