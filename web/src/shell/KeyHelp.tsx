import { Modal } from 'antd';
import type { ReactNode } from 'react';

import { Keys, useAllHotkeys } from '@/ui/hotkeys';
import { useTexts } from '@/ui/language';

import { shellTexts } from './texts';

/** All keys that work on the page before one. */
export function KeyHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactNode {
  const texts = useTexts(shellTexts);
  const groups = useAllHotkeys();
  const rows = [
    { title: texts.rowKeys, keys: [{ keys: 'j', does: texts.nextRow }, { keys: 'k', does: texts.previousRow }, { keys: 'Enter', does: texts.openRow }] },
    ...groups,
  ];
  return (
    <Modal open={isOpen} onCancel={onClose} footer={null} title={texts.help} width={640} destroyOnHidden>
      <div className="columns">
        {rows.toReversed().map(({ title, keys }) => {
          const shown = keys.filter((key) => !('hidden' in key) || key.hidden !== true).filter((key) => !('off' in key) || key.off !== true);
          return shown.length === 0 ? null : (
            <section key={`${title}${shown[0]?.keys ?? ''}`}>
              <h3>{title}</h3>
              <dl className="facts">
                {shown.map((key) => (
                  <div key={key.keys} style={{ display: 'contents' }}>
                    <dt>
                      <span className="unseen">{key.keys}</span>
                      <Keys keys={key.keys} />
                    </dt>
                    <dd>{key.does}</dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
    </Modal>
  );
}
