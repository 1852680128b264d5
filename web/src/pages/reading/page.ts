import { AlertOutlined, BookOutlined, FileSearchOutlined, RedoOutlined } from '@ant-design/icons';

import { defineArea } from '../area';

export default defineArea({
  pages: [
    {
      path: '/reading/books',
      title: { zh: '抄表进度', en: 'Progress' },
      needs: ['reading.read'],
      load: () => import('./Progress'),
      nav: { group: 'reading', order: 10, icon: BookOutlined, key: 'r' },
    },
    {
      path: '/reading/doubtful',
      title: { zh: '抄表复核', en: 'Doubtful' },
      needs: ['reading.read'],
      load: () => import('./Doubtful'),
      nav: { group: 'reading', order: 20, icon: AlertOutlined, key: 'd' },
    },
    {
      path: '/reading/missing',
      title: { zh: '缺抄处理', en: 'Missing' },
      needs: ['reading.read'],
      load: () => import('./Missing'),
      nav: { group: 'reading', order: 30, icon: FileSearchOutlined, key: 'm' },
    },
    {
      path: '/reading/orders',
      title: { zh: '重抄单', en: 'Re-reading' },
      needs: ['reading.read'],
      load: () => import('./Orders'),
      nav: { group: 'reading', order: 40, icon: RedoOutlined },
    },
  ],
  cards: [{ needs: ['reading.decide'], order: 30, load: () => import('./Card') }],
});
