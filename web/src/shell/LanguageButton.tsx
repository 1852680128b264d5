import type { ReactNode } from 'react';

import { chooseLanguage, useLanguage, useTexts } from '@/ui/language';

import { shellTexts } from './texts';

export function LanguageButton(): ReactNode {
  const language = useLanguage();
  const texts = useTexts(shellTexts);
  const other = language === 'zh' ? 'en' : 'zh';
  return (
    <button type="button" className="plain" title={texts.languageHint} lang={other === 'zh' ? 'zh-CN' : 'en'} onClick={() => chooseLanguage(other)}>
      {texts.language}
    </button>
  );
}
